/// Rewrites a pattern from Oniguruma's Ruby syntax, which `tokenizers` uses, into PCRE2's with the same
/// matches.
///
/// The two agree on most; what differs is spelled out: `\s` and `\w` cover other characters, `\h` is a
/// hexadecimal digit, `(?m)` lets the dot match newlines, `{n}+` repeats again, `[a[b]]` nests and `&&`
/// intersects (both refused by name), and properties know the characters that came with Unicode versions
/// newer than PCRE2's.
struct OnigurumaSyntax {
    private let source: [Unicode.Scalar]
    private let path: String
    private let additions: UnicodeAdditions
    private var index = 0
    private var output = ""
    private var isInsideClass = false
    /// How many classes are open inside a class.
    private var nestedClassCount = 0

    static func translated(_ source: String, path: String, additions: UnicodeAdditions) throws -> String {
        var syntax = OnigurumaSyntax(source: Array(source.unicodeScalars), path: path, additions: additions)
        try syntax.translate()
        return syntax.output
    }

    private init(source: [Unicode.Scalar], path: String, additions: UnicodeAdditions) {
        self.source = source
        self.path = path
        self.additions = additions
    }

    private func fault(_ what: String) -> TokenizationError {
        let text = String(String.UnicodeScalarView(source))
        return TokenizationError(.unsupportedComponent, "\(path): \(what) is not supported, in \"\(text)\"")
    }

    private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        index + distance < source.count ? source[index + distance] : nil
    }

    private mutating func copy(_ count: Int = 1) {
        for scalar in source[index..<min(index + count, source.count)] {
            output.unicodeScalars.append(scalar)
        }
        index += count
    }

    private mutating func translate() throws {
        while let scalar = peek() {
            guard output.utf8.count <= TokenizerLimits.regexTranslationByteCountMax else {
                throw TokenizationError(
                    .limitExceeded,
                    "\(path): the pattern \(TokenizationError.excerpt(String(String.UnicodeScalarView(source)))) "
                        + "stands for more than \(TokenizerLimits.regexTranslationByteCountMax) bytes")
            }
            switch scalar {
            case "\\": try translateEscape()
            case "[" where !isInsideClass:
                isInsideClass = true
                copy(peek(1) == "^" ? 2 : 1)
                if peek() == "]" { copy() }
            case "[" where peek(1) == ":": try translatePOSIXClass()
            case "[" where peek(1) == "^": throw fault("a negated character class inside a character class")
            case "[":
                // A class inside a class adds its characters to it.
                nestedClassCount += 1
                index += 1
            case "]" where nestedClassCount > 0:
                nestedClassCount -= 1
                index += 1
            case "]" where isInsideClass:
                isInsideClass = false
                copy()
            case "&" where isInsideClass && peek(1) == "&":
                throw fault("the intersection of character classes")
            case "(" where !isInsideClass && peek(1) == "?": translateGroup()
            case "{" where !isInsideClass && isRepeatedInterval: try translateRepeatedInterval()
            default: copy()
            }
        }
    }

    /// Whether an interval with a `+` begins here: it repeats again, where PCRE2 would take it as possessive.
    private var isRepeatedInterval: Bool {
        guard let end = source[index...].firstIndex(of: "}"), end + 1 < source.count else { return false }
        let bounds = source[index + 1..<end]
        return source[end + 1] == "+" && !bounds.isEmpty
            && bounds.allSatisfy { $0 == "," || ("0"..."9").contains($0) }
    }

    /// One to any number of times, over and over, is any number of times.
    private mutating func translateRepeatedInterval() throws {
        guard peek(1) == "1", peek(2) == "," || peek(2) == "}" else { throw fault("'+' after an interval") }
        while peek() != "+" { index += 1 }
        copy()
    }

    private mutating func translatePOSIXClass() throws {
        let name = String(String.UnicodeScalarView(source[(index + 2)...].prefix { $0 != "]" && $0 != ":" }))
        let length = name.unicodeScalars.count
        guard peek(length + 2) == ":", peek(length + 3) == "]" else {
            throw fault("a character class inside a character class")
        }
        switch name {
        case "alpha": output += "\\p{Alphabetic}" + additions.items(of: "L")
        case "alnum":
            output += "\\p{Alphabetic}\\p{Nd}" + additions.items(of: "L") + additions.items(of: "Nd")
        case "punct": output += "\\p{P}\\p{S}" + additions.items(of: "P") + additions.items(of: "S")
        case "digit": output += Self.digits + additions.items(of: "Nd")
        case "upper": output += "\\p{Uppercase}" + additions.items(of: "Lu")
        case "lower": output += "\\p{Lowercase}" + additions.items(of: "Ll")
        case "word": output += wordItems
        case "space": output += "\\p{White_Space}"
        case "blank": output += "\\p{Zs}\\t"
        case "cntrl": output += "\\p{Cc}"
        case "xdigit": output += "0-9a-fA-F"
        default: throw fault("[:\(name):]")
        }
        index += length + 4
    }

    /// Flags before `:` or `)`: Ruby's m is everybody's s.
    private mutating func translateGroup() {
        copy(2)
        let flags = source[index...].prefix { "imx-".unicodeScalars.contains($0) }
        guard let end = peek(flags.count), end == ":" || end == ")" else { return }
        for flag in flags { output.unicodeScalars.append(flag == "m" ? "s" : flag) }
        index += flags.count
    }

    // MARK: - Escapes

    private mutating func translateEscape() throws {
        guard let letter = peek(1) else { throw fault("a backslash at the end") }
        switch letter {
        case "s": emit("\\p{White_Space}")
        case "S": emit("\\P{White_Space}")
        case "d": emitSet(Self.digits + additions.items(of: "Nd"))
        case "D": try emitComplement(Self.digits + additions.items(of: "Nd"))
        case "w": emitSet(wordItems)
        case "W": try emitComplement(wordItems)
        case "h": emitSet("0-9a-fA-F")
        case "H": try emitComplement("0-9a-fA-F")
        case "b" where !isInsideClass:
            emit("(?:(?<=[\(wordItems)])(?![\(wordItems)])|(?<![\(wordItems)])(?=[\(wordItems)]))")
        case "B" where !isInsideClass:
            emit("(?:(?<=[\(wordItems)])(?=[\(wordItems)])|(?<![\(wordItems)])(?![\(wordItems)]))")
        case "u": try translateCodePoint()
        case "p", "P": try translateProperty(isNegated: letter == "P")
        default: copy(2)
        }
    }

    private static let digits = "\\p{Nd}"

    private var wordItems: String {
        let added = ["L", "M", "Nd", "Pc", "Nl"].map(additions.items(of:)).joined()
        // Outside a class superscripts and fractions of Latin-1 are word characters to Oniguruma, inside they
        // are not.
        let latin1 = isInsideClass ? "" : "\\x{b2}\\x{b3}\\x{b9}\\x{bc}-\\x{be}"
        return "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}" + latin1 + added
    }

    /// Writes what stands for a two-character escape.
    private mutating func emit(_ text: String) {
        output += text
        index += 2
    }

    private mutating func emitSet(_ items: String) { emit(isInsideClass ? items : "[\(items)]") }

    private mutating func emitComplement(_ items: String) throws {
        guard !isInsideClass else { throw fault("a complement inside a character class") }
        emit("[^\(items)]")
    }

    private mutating func translateCodePoint() throws {
        let digits = source[min(index + 2, source.count)...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character($0).isHexDigit }) else {
            throw fault("\\u without four hexadecimal digits")
        }
        output += "\\x{\(String(String.UnicodeScalarView(digits)))}"
        index += 6
    }

    private mutating func translateProperty(isNegated: Bool) throws {
        guard peek(2) == "{" else { throw fault("a property without braces") }
        var name = String(String.UnicodeScalarView(source[(index + 3)...].prefix { $0 != "}" }))
        let end = index + 3 + name.unicodeScalars.count
        guard end < source.count else { throw fault("a property without a closing brace") }
        index = end + 1
        var isNegated = isNegated
        if name.hasPrefix("^") {
            isNegated.toggle()
            name.removeFirst()
        }
        let property = UnicodeProperty(name)
        let added = additions.items(of: property.pcre2Name)
        if added.isEmpty {
            output += "\\\(isNegated ? "P" : "p"){\(property.pcre2Name)}"
        } else if isInsideClass {
            // The complement of a union cannot be written inside a class; there it keeps PCRE2's own idea of
            // it.
            output += isNegated ? "\\P{\(property.pcre2Name)}" : "\\p{\(property.pcre2Name)}\(added)"
        } else {
            output += "[\(isNegated ? "^" : "")\\p{\(property.pcre2Name)}\(added)]"
        }
    }
}
