internal import CPCRE2

/// A regular expression in the syntax of `tokenizers` (Oniguruma's), compiled by PCRE2: 8-bit, UTF, Unicode
/// properties.
///
/// The only file of this target with pointers; none leaves it.
struct RegexPattern: Sendable {
    private let compiled: CompiledPattern

    /// Compiles `source`; `path` says in messages where it was written.
    init(_ source: String, path: String) throws {
        guard source.utf8.count <= TokenizerLimits.regexSourceByteCountMax else {
            throw TokenizationError(
                .limitExceeded,
                "\(path): the pattern has \(source.utf8.count) bytes; allowed are "
                    + "\(TokenizerLimits.regexSourceByteCountMax)")
        }
        let translated = try OnigurumaSyntax.translated(source, path: path, additions: .all)
        compiled = try CompiledPattern(translated, source: source, path: path)
    }

    /// Compiles a pattern that is already in PCRE2's syntax.
    init(pcre2 pattern: String) throws {
        compiled = try CompiledPattern(pattern, source: pattern, path: "pattern")
    }

    /// Calls `body` with each match in `text[range]` (valid UTF-8), from left to right.
    ///
    /// The range is the whole world of the pattern: anchors and look-around see nothing outside. An empty
    /// match right after a match is passed over.
    func forEachMatch(in text: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Void) throws {
        try compiled.forEachMatch(in: text, range, body)
    }
}

/// Owns PCRE2's compiled code.
///
/// Sendable by proof: the code is written in `init` only, PCRE2 allows any number of threads to match with
/// one code, and everything that a match writes is made anew in `forEachMatch`. A class because it frees what
/// it owns.
@safe private final class CompiledPattern: @unchecked Sendable {
    private let code: OpaquePointer
    private let matchContext: OpaquePointer

    init(_ pattern: String, source: String, path: String) throws {
        guard let compileContext = unsafe pcre2_compile_context_create_8(nil),
            let matchContext = unsafe pcre2_match_context_create_8(nil)
        else { throw TokenizationError(.limitExceeded, "\(path): no memory for a pattern") }
        defer { unsafe pcre2_compile_context_free_8(compileContext) }
        unsafe pcre2_set_newline_8(compileContext, UInt32(PCRE2_NEWLINE_LF))
        unsafe pcre2_set_match_limit_8(matchContext, TokenizerLimits.regexMatchStepCountMax)
        let options = PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C
        var errorCode: Int32 = 0
        var errorOffset = 0
        let bytes = Array(pattern.utf8)
        let code = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe pcre2_compile_8(
                buffer.baseAddress, buffer.count, options, &errorCode, &errorOffset, compileContext)
        }
        guard let code = unsafe code else {
            unsafe pcre2_match_context_free_8(matchContext)
            throw TokenizationError(
                .malformedFile,
                "\(path): the pattern \"\(source)\" is not valid: \(Self.message(errorCode))")
        }
        unsafe self.code = code
        unsafe self.matchContext = matchContext
        // Without machine code, or a compiler for this processor, PCRE2 interprets the pattern, with the same matches.
        if unsafe Self.byteCount(of: code) <= TokenizerLimits.regexCompiledCodeByteCountMax {
            _ = unsafe pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE)
        }
        try checkByteCount(source, path)
    }

    private func checkByteCount(_ source: String, _ path: String) throws {
        let byteCount = unsafe Self.byteCount(of: code)
        guard byteCount <= TokenizerLimits.regexCodeByteCountMax else {
            throw TokenizationError(
                .limitExceeded,
                "\(path): the pattern \(TokenizationError.excerpt(source)) compiles to \(byteCount) bytes; "
                    + "allowed are \(TokenizerLimits.regexCodeByteCountMax)")
        }
    }

    deinit {
        unsafe pcre2_code_free_8(code)
        unsafe pcre2_match_context_free_8(matchContext)
    }

    /// How many bytes the compiled pattern takes, its machine code included.
    private static func byteCount(of code: OpaquePointer) -> Int {
        var sizes = (code: 0, machineCode: 0)
        unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_SIZE), &sizes.code)
        unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_JITSIZE), &sizes.machineCode)
        return sizes.code + sizes.machineCode
    }

    private static func message(_ code: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            unsafe pcre2_get_error_message_8(code, buffer.baseAddress, buffer.count)
        }
        return String(decoding: buffer.prefix(Int(max(0, count))), as: UTF8.self)
    }

    func forEachMatch(in text: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Void) throws {
        guard let matches = unsafe pcre2_match_data_create_8(1, nil) else {
            throw TokenizationError(.limitExceeded, "no memory for matching a pattern")
        }
        defer { unsafe pcre2_match_data_free_8(matches) }
        let failure = unsafe text.withUnsafeBufferPointer { buffer -> Int32 in
            let subject = unsafe UnsafeBufferPointer(rebasing: buffer[range])
            var offset = 0
            var lastEnd = -1
            while offset <= subject.count {
                // A null address is no subject, so an empty one is passed as an empty C string.
                var result = unsafe "".withCString { empty in
                    unsafe empty.withMemoryRebound(to: UInt8.self, capacity: 1) { empty in
                        unsafe pcre2_match_8(
                            code, subject.baseAddress ?? empty, subject.count, offset, PCRE2_NO_UTF_CHECK,
                            matches,
                            matchContext)
                    }
                }
                if result == PCRE2_ERROR_JIT_STACKLIMIT {
                    result = unsafe matchWithLargeStack(subject, from: offset, matches)
                }
                guard result >= 0 else { return result }
                let vector = unsafe pcre2_get_ovector_pointer_8(matches)
                guard let start = unsafe vector?[0], let end = unsafe vector?[1] else {
                    return PCRE2_ERROR_NULL
                }
                if start == end {
                    if end != lastEnd { body(range.lowerBound + start..<range.lowerBound + end) }
                    guard end < subject.count else { return PCRE2_ERROR_NOMATCH }
                    offset = end + UTF8Scan.sequenceByteCount(unsafe subject[end])
                } else {
                    body(range.lowerBound + start..<range.lowerBound + end)
                    offset = end
                }
                lastEnd = end
            }
            return PCRE2_ERROR_NOMATCH
        }
        guard failure == PCRE2_ERROR_NOMATCH else {
            throw TokenizationError(
                .encodingFailed,
                "a pattern failed on a text of \(range.count) bytes: \(Self.message(failure))")
        }
    }

    /// The usual stack of compiled code has 32 KiB; this one is made for the rare match that needs more.
    private func matchWithLargeStack(
        _ subject: UnsafeBufferPointer<UInt8>, from offset: Int, _ matches: OpaquePointer
    ) -> Int32 {
        guard let context = unsafe pcre2_match_context_copy_8(matchContext),
            let stack = unsafe pcre2_jit_stack_create_8(1 << 16, TokenizerLimits.regexStackByteCountMax, nil)
        else { return PCRE2_ERROR_NOMEMORY }
        defer {
            unsafe pcre2_jit_stack_free_8(stack)
            unsafe pcre2_match_context_free_8(context)
        }
        unsafe pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack))
        return unsafe pcre2_match_8(
            code, subject.baseAddress, subject.count, offset, PCRE2_NO_UTF_CHECK, matches, context)
    }
}
