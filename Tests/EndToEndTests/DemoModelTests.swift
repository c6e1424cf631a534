import Foundation
import TestSupport
import Testing

/// Documents and questions of a published RAG walk-through, with words that a right answer contains. Models/train
/// may know none of these texts.
private struct Walkthrough {
    let question: String
    let document: String
    let answer: String

    static let all = [
        Walkthrough(
            question: "What are our quarterly earnings?",
            document: "Our quarterly earnings for the last quarter amounted to $3.5 million, exceeding "
                + "expectations with a 12% increase in net profit compared to the same period last year.",
            answer: "$3.5 million"),
        Walkthrough(
            question: "Which corporation is doing our credit risk assessment?",
            document: "The credit risk assessment for ABC Corporation has been completed. Please review the "
                + "report and advise on the lending decision.", answer: "ABC Corporation"),
        Walkthrough(
            question: "What is the research team working on?",
            document: "Our research team has issued a comprehensive analysis of the current market trends. "
                + "Please find the attached report for your review.",
            answer: "comprehensive analysis of the current market trends"),
        Walkthrough(
            question: "When is the board meeting?",
            document: "The board meeting is scheduled for next Monday at 2:00 PM. Please confirm your "
                + "availability and agenda items by end of day.", answer: "Monday at 2:00 PM"),
    ]

    /// The plain form that the walk-through sends.
    func prompt(_ documents: [String], precisely: Bool) -> String {
        let line =
            precisely
            ? "\n be as precise in your answer as possible, just give the answer from the context" : ""
        return "context: \(documents.joined(separator: "\n"))\(line)\nquestion: \(question)\nanswer:"
    }

    /// The right document alone, and behind two of the others.
    var contexts: [[String]] {
        let others = Self.all.map(\.document).filter { $0 != document }
        return [[document], [others[0], others[1], document], [others[2], others[0], document]]
    }
}

@Suite("The model that make serve serves", .timeLimit(.minutes(2)))
struct DemoModelTests {
    private static let topology = SharedFolder.packageRoot.appending(path: "Topologies/default.yaml").path

    /// With keys and values in f32, as transformers keeps them.
    @Test("the default topology splits it two ways, and it answers as transformers does")
    func reference() async throws {
        let cases = try DemoModel.demo.cases()
        try await ServerProcess.use(["--topology", Self.topology, "--kv-cache-type", "f32"]) { server in
            #expect(server.workers().count == 2)
            for example in cases {
                let text = try await server.text([
                    "text": example.prompt, "max_new_tokens": 64, "sampling_topk": 1,
                ])
                #expect(text == example.text, "\(example.prompt)")
            }
        }
    }

    @Test("it answers the questions of a RAG walk-through from the right one of three documents")
    func walkthrough() async throws {
        try await ServerProcess.use(["--topology", Self.topology]) { server in
            for item in Walkthrough.all {
                for documents in item.contexts {
                    for precisely in [true, false] {
                        let text = try await server.text([
                            "text": item.prompt(documents, precisely: precisely), "max_new_tokens": 40,
                            "sampling_topk": 1,
                        ])
                        #expect(text.contains(item.answer), "\(item.question) of \(documents.count): \(text)")
                    }
                }
            }
        }
    }

    @Test("neither the walk-through's documents nor its questions stand in what its training text is made of")
    func unseen() throws {
        let folder = SharedFolder.packageRoot.appending(path: "Models/train/generator")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "py" }
        #expect(files.count > 5)
        let sources = try files.map { try Self.plain(String(contentsOf: $0, encoding: .utf8)) }
        for item in Walkthrough.all {
            let sentences = item.document.components(separatedBy: ". ") + [item.question]
            for sentence in sentences.map(Self.plain) {
                #expect(!sources.contains { $0.contains(sentence) }, "\(sentence)")
            }
        }
    }

    /// Letters and digits in lower case with single spaces, so that no quoting or line break hides a text.
    private static func plain(_ text: String) -> String {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
    }

    @Test("both checkpoints stay small enough to be in a repository", arguments: DemoModel.allCases)
    func size(model: DemoModel) throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: model.directory, includingPropertiesForKeys: [.fileSizeKey])
        let size = try files.reduce(0) { try $0 + ($1.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0) }
        #expect(size <= 8 << 20)
        #expect(size > 100_000)
    }
}
