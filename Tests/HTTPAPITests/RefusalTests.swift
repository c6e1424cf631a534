import Controller
import Foundation
import HTTPAPI
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Serving
import Testing
import WorkerMessages

/// Every status that is not a success, on the inference port.
struct RefusalTests {
    static let bodies: [(body: String, status: Int, code: String, message: String)] = [
        ("", 400, "malformed_body", "not JSON"),
        ("{\"text\": \"a\"", 400, "malformed_body", "not JSON"),
        ("{\"text\": \"\\ud800\"}", 400, "malformed_body", "not JSON"),
        (String(repeating: "[", count: 2000), 400, "malformed_body", "not JSON"),
        ("[1]", 422, "invalid_field", "the body is an array"),
        ("{}", 422, "missing_field", "text is missing"),
        (#"{"text": null}"#, 422, "missing_field", "text is missing"),
        (#"{"text": 7}"#, 422, "invalid_field", "text is a number (7)"),
        (#"{"text": []}"#, 422, "invalid_field", "text is an empty array"),
        (#"{"text": ["a", 1]}"#, 422, "invalid_field", "text[1] is a number (1)"),
        (#"{"inputs": "a"}"#, 422, "missing_field", "text is missing"),
        (
            #"{"text": "a", "max_new_tokens": -1}"#, 422, "invalid_field",
            "max_new_tokens is -1; allowed: an integer, 1 to 2147483647"
        ),
        (#"{"text": "a", "max_new_tokens": 0}"#, 422, "invalid_field", "max_new_tokens is 0"),
        (#"{"text": "a", "max_new_tokens": 1.5}"#, 422, "invalid_field", "max_new_tokens is a number (1.5)"),
        (#"{"text": "a", "max_new_tokens": "9"}"#, 422, "invalid_field", "max_new_tokens is a string"),
        (
            #"{"text": "a", "max_new_tokens": 9223372036854775808}"#, 422, "invalid_field",
            "allowed: an integer"
        ),
        (
            #"{"text": "a", "max_new_tokens": 4, "min_new_tokens": 5}"#, 422, "invalid_field",
            "min_new_tokens is 5; allowed: an integer, 0 to 4"
        ),
        (
            #"{"text": "a", "sampling_temperature": -0.1}"#, 422, "invalid_field",
            "sampling_temperature is -0.1; allowed: a number, 0 to 100"
        ),
        (#"{"text": "a", "sampling_temperature": 101}"#, 422, "invalid_field", "sampling_temperature is 101"),
        (
            #"{"text": "a", "sampling_topp": 0}"#, 422, "invalid_field",
            "sampling_topp is 0; allowed: a number, more than 0, at most 1"
        ),
        (#"{"text": "a", "sampling_topp": 1.01}"#, 422, "invalid_field", "sampling_topp is 1.01"),
        (#"{"text": "a", "sampling_topp": 1e-60}"#, 422, "invalid_field", "sampling_topp is 1e-60"),
        (#"{"text": "a", "sampling_topk": -1}"#, 422, "invalid_field", "sampling_topk is -1"),
        (#"{"text": "a", "repetition_penalty": 0}"#, 422, "invalid_field", "repetition_penalty is 0"),
        (#"{"text": "a", "no_repeat_ngram_size": -2}"#, 422, "invalid_field", "no_repeat_ngram_size is -2"),
        (#"{"text": "a", "prompt_max_tokens": 0}"#, 422, "invalid_field", "prompt_max_tokens is 0"),
        (#"{"text": "a", "seed": -1}"#, 422, "invalid_field", "seed is -1"),
        (
            #"{"text": "a", "priority": 10}"#, 422, "invalid_field",
            "priority is 10; allowed: an integer, 0 to 9"
        ),
        (#"{"text": "a", "ignore_eos": 1}"#, 422, "invalid_field", "ignore_eos is a number (1)"),
        (#"{"text": "a", "regex_string": "x+"}"#, 422, "unsupported_field", "regex_string"),
        (#"{"text": "a", "json_schema": {"type": "object"}}"#, 422, "unsupported_field", "json_schema"),
        (#"{"text": "a", "lora_id": "l"}"#, 422, "unsupported_field", "lora_id"),
        (#"{"text": "a", "use_chat_template": true}"#, 422, "unsupported_field", "use_chat_template"),
        (#"{"text": "a", "image_data": "AAAA"}"#, 422, "unsupported_field", "image_data"),
        (#"{"text": "a", "consumer_group": 3}"#, 422, "invalid_field", "consumer_group is a number (3)"),
        (
            #"{"text": "a", "consumer_group": "nobody"}"#, 422, "unknown_consumer_group",
            "there is no consumer group nobody; there are: idle, primary"
        ),
        (#"{"text": "a", "consumer_group": "idle"}"#, 503, "no_ready_reader", "idle has no ready reader"),
    ]

    @Test(arguments: bodies.indices) func aWrongBodyIsRefusedWithValueAndRange(index: Int) async throws {
        let (body, status, code, message) = Self.bodies[index]
        let server = try await TestServer()
        for path in ["/generate", "/generate_stream"] {
            let response = try await server.run { try await $0.post(path, body) }
            #expect(response.status.code == status, "\(path) \(body)")
            #expect(response.errorCode == code)
            #expect(response.errorMessage.contains(message), "\(response.errorMessage)")
            #expect((response.headers[.retryAfter] != nil) == (status == 503))
        }
    }

    @Test func invalidUTF8Is400AndNamesTheByte() async throws {
        let server = try await TestServer()
        var body = ByteBuffer(string: #"{"text": "a"#)
        body.writeBytes([0xFF, 0xFE])
        body.writeString("\"}")
        let response = try await server.run { [body] in
            try await $0.execute(
                uri: "/generate", method: .post, headers: [.contentType: "application/json"], body: body)
        }
        #expect(response.status == .badRequest)
        #expect(response.errorMessage == "the body is not UTF-8: byte 11 is wrong")
    }

    @Test(arguments: [
        "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "",
    ])
    func anotherContentTypeIs415(type: String) async throws {
        let server = try await TestServer()
        let response = try await server.run {
            try await $0.execute(
                uri: "/generate", method: .post, headers: type.isEmpty ? [:] : [.contentType: type],
                body: ByteBuffer(string: #"{"text": "a"}"#))
        }
        #expect(response.status == .unsupportedMediaType)
        #expect(response.errorCode == "unsupported_content_type")
    }

    @Test(arguments: ["application/json", "Application/JSON; Charset=UTF-8", "application/vnd.x+json"])
    func jsonByAnyNameIsTaken(type: String) async throws {
        let server = try await TestServer()
        let response = try await server.run(script: { $0[0].answer([98]) }) {
            try await $0.post("/generate", #"{"text": "a"}"#, headers: [.contentType: type])
        }
        #expect(response.status == .ok)
    }

    @Test(arguments: [(4096, true), (4097, false)])
    func aBodyMayBeAsLongAsTheLimit(byteCount: Int, isTaken: Bool) async throws {
        let server = try await TestServer { $0.maxSequenceLength = 8192 }
        let text = String(repeating: "a", count: byteCount - #"{"text": ""}"#.utf8.count)
        let response = try await server.run(script: { $0[0].answer([98]) }) {
            try await $0.post("/generate", #"{"text": "\#(text)"}"#)
        }
        #expect(response.status == (isTaken ? .ok : .contentTooLarge))
        if !isTaken {
            #expect(response.errorCode == "body_too_large")
            #expect(response.errorMessage.contains("4096"))
            #expect(response.errorMessage.contains("4097"))
        }
    }

    @Test func aBodyWithoutALengthIsLimitedToo() async throws {
        let server = try await TestServer()
        try await server.run { client in
            let head = try await RawConnection.open(port: try #require(client.port)) { connection in
                try await connection.send(
                    "POST /generate HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n")
                let chunk = String(repeating: " ", count: 1024)
                for _ in 0..<5 { try await connection.send("400\r\n\(chunk)\r\n") }
                return try await connection.read(through: "\r\n")
            }
            #expect(head.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func anEmptyPromptNeedsATokenToBeginWith() async throws {
        let body = #"{"text": ["x", ""]}"#
        let begun = try await TestServer()
        let answered = try await begun.run(script: { for sequence in $0 { sequence.answer([98]) } }) {
            try await $0.post("/generate", body)
        }
        #expect(answered.text == #"{"text":["b","b"]}"#)

        let bare = try await TestServer { $0.addsBeginning = false }
        let refused = try await bare.run { try await $0.post("/generate", body) }
        #expect(refused.status == .unprocessableContent)
        #expect(refused.errorCode == "empty_prompt")
        #expect(try (refused.json["error"] as? [String: Any])?["field"] as? String == "text[1]")
    }

    @Test(arguments: [(63, 200), (64, 422), (65, 422)])
    func aPromptLeavesRoomForAToken(tokenCount: Int, status: Int) async throws {
        let server = try await TestServer()
        let text = String(repeating: "a", count: tokenCount - 1)
        let response = try await server.run(script: { $0[0].answer([98]) }) {
            try await $0.post("/generate", #"{"text": "\#(text)"}"#)
        }
        #expect(response.status.code == status)
        if status == 422 {
            #expect(response.errorCode == "prompt_too_long")
            #expect(response.errorMessage.contains("\(tokenCount)"))
            #expect(response.errorMessage.contains("64"))
        }
    }

    @Test func aListLongerThanTheQueueIs422() async throws {
        let server = try await TestServer { $0.maxQueue = 2 }
        let response = try await server.run { try await $0.post("/generate", #"{"text": ["a", "b", "c"]}"#) }
        #expect(response.status == .unprocessableContent)
        #expect(response.errorCode == "list_too_long")
        #expect(response.errorMessage.contains("3"))
        #expect(response.errorMessage.contains("2"))
    }

    @Test func aFullQueueIs429WithRetryAfter() async throws {
        let server = try await TestServer { $0.maxQueue = 2 }
        let waiting = try await server.submit([Self.request(1), Self.request(2)])
        // No reader takes anything here, so both stay.
        let response = try await server.servers.application(.inference).test(.live) {
            try await $0.post("/generate_stream", #"{"text": "a"}"#)
        }
        #expect(response.status == .tooManyRequests)
        #expect(response.errorCode == "queue_full")
        #expect(response.headers[.retryAfter].flatMap { Int($0) } ?? 0 >= 3)
        #expect(waiting.count == 2)
    }

    @Test func aListWithMorePromptTokensThanTheQueueIs422() async throws {
        let server = try await TestServer { $0.maxQueueTokens = 5 }
        // Each prompt begins with a token of its own.
        let response = try await server.run { try await $0.post("/generate", #"{"text": ["ab", "cd"]}"#) }
        #expect(response.status == .unprocessableContent)
        #expect(response.errorCode == "list_too_long")
        #expect(response.errorMessage.contains("6 prompt tokens") && response.errorMessage.contains("is 5"))
    }

    @Test func aQueueFullOfPromptTokensIs429WithRetryAfter() async throws {
        let server = try await TestServer { $0.maxQueueTokens = 4 }
        let waiting = try await server.submit([Self.request(1), Self.request(2)])
        let response = try await server.servers.application(.inference).test(.live) {
            try await $0.post("/generate_stream", #"{"text": "abc"}"#)
        }
        #expect(response.status == .tooManyRequests)
        #expect(response.errorCode == "queue_full")
        #expect(response.errorMessage.contains("of at most 4 prompt tokens"))
        #expect(response.errorMessage.contains("no room for 4 more"))
        #expect(response.headers[.retryAfter].flatMap { Int($0) } ?? 0 >= 3)
        #expect(waiting.count == 2)
    }

    @Test func noReadyReaderIs503WithRetryAfter() async throws {
        let server = try await TestServer { $0.isReady = false }
        let response = try await server.run { try await $0.post("/generate", #"{"text": "a"}"#) }
        #expect(response.status == .serviceUnavailable)
        #expect(response.errorCode == "no_ready_reader")
        #expect(response.headers[.retryAfter] == "3")
    }

    static let failures: [(ServingError, Int, String)] = [
        (.queueTimeout(group: "primary", limit: .seconds(60)), 503, "no_ready_reader"),
        (.draining(group: "primary"), 503, "draining"),
        (.poison(deathCount: 3), 500, "generation_failed"),
        (.nonFiniteLogit(stepNumber: 7, layer: 2), 500, "generation_failed"),
        (.allTokensBanned(stepNumber: 7), 500, "generation_failed"),
    ]

    @Test(arguments: failures.indices) func aFailureBeforeTheFirstTokenHasItsStatus(index: Int) async throws {
        let (error, status, code) = Self.failures[index]
        let server = try await TestServer()
        for path in ["/generate", "/generate_stream"] {
            let response = try await server.run(script: { $0[0].handle.deliver(.failed(error)) }) {
                try await $0.post(path, #"{"text": "a"}"#)
            }
            #expect(response.status.code == status)
            #expect(response.errorCode == code)
            #expect((response.headers[.retryAfter] != nil) == (status == 503))
        }
    }

    static func request(_ number: UInt64) -> GenerationRequest {
        GenerationRequest(
            id: RequestID(number), promptIDs: [1],
            parameters: GenerationParameters(
                sampling: .init(), seed: nil, maxNewTokenCount: 4, ignoresEndOfText: false, endOfTextIDs: [],
                topLogProbabilityCount: 0), priority: 5, choiceIndex: 0)
    }

    @Test(arguments: [
        ("/nothing", HTTPRequest.Method.get, 404, ""), ("/generate", .get, 405, "POST"),
        ("/status", .post, 405, "GET, HEAD"), ("/generate", HTTPRequest.Method("PROPFIND")!, 405, "POST"),
        ("/", .delete, 405, "GET, HEAD"), ("/reader/x", .delete, 404, ""),
    ])
    func pathsAndMethodsThatAreNotServed(
        path: String, method: HTTPRequest.Method, status: Int, allowed: String
    ) async throws {
        let server = try await TestServer()
        let response = try await server.run { try await $0.execute(uri: path, method: method) }
        #expect(response.status.code == status)
        #expect(response.headers[.allow] == (allowed.isEmpty ? nil : allowed))
        #expect(response.errorCode == (status == 404 ? "unknown_path" : "method_not_allowed"))
    }

    @Test func anErrorBodyAlwaysHasTheSameShape() async throws {
        let server = try await TestServer()
        let response = try await server.run { try await $0.post("/generate", "{}") }
        #expect(
            response.text == """
                {"error":{"code":"missing_field","field":"text",\
                "message":"text is missing; it is a string, or an array of at least one string",\
                "type":"invalid_request_error"}}
                """)
        let other = try await server.run { try await $0.get("/nothing") }
        #expect(
            other.text == """
                {"error":{"code":"unknown_path","field":null,"message":"nothing is served at /nothing",\
                "type":"not_found_error"}}
                """)
    }
}
