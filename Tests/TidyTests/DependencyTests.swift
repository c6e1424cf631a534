import Testing

/// The import rules of docs/ARCHITECTURE.md that the package description alone cannot state.
@Suite("Who may import whom")
struct DependencyTests {
    private func importers(of module: String) -> Set<String> {
        var targets: Set<String> = []
        for file in SourceTree.sources {
            let isImporter = file.lines.contains { line in
                let words = line.split(separator: " ")
                return words.contains("import") && words.last == Substring(module)
            }
            if isImporter { targets.insert(String(file.path.split(separator: "/")[1])) }
        }
        return targets
    }

    @Test("only HTTPAPI and the wiring import Hummingbird")
    func hummingbird() {
        #expect(importers(of: "Hummingbird").isSubset(of: ["HTTPAPI", "skein"]))
    }

    @Test(
        "the controller's side never sees a tensor",
        arguments: ["Tensors", "CKernels", "Collectives", "Models"])
    func tensors(module: String) {
        let controllerSide: Set = ["Serving", "Controller", "HTTPAPI", "Tokenization", "Grammar", "Topology"]
        #expect(importers(of: module).isDisjoint(with: controllerSide))
    }

    @Test(
        "the worker's side never sees text, YAML or HTTP",
        arguments: ["Tokenization", "Topology", "Yams", "Hummingbird", "Serving"])
    func text(module: String) {
        let workerSide: Set = [
            "Worker", "Models", "Collectives", "Tensors", "CKernels", "WorkerMessages", "Platform",
        ]
        #expect(importers(of: module).isDisjoint(with: workerSide))
    }

    @Test(
        "C modules have one importer each",
        arguments: [("CHwloc", "Platform"), ("CPCRE2", "Tokenization"), ("CKernels", "Tensors")])
    func modules(module: String, owner: String) {
        #expect(importers(of: module).subtracting([owner]).isEmpty)
    }

    @Test("tokenization and topology import nothing of ours")
    func leaves() {
        let ours = Set(SourceTree.sources.map { String($0.path.split(separator: "/")[1]) })
        for file in SourceTree.sources
        where file.path.hasPrefix("Sources/Tokenization/") || file.path.hasPrefix("Sources/Topology/") {
            for line in file.lines where line.split(separator: " ").contains("import") {
                let module = line.split(separator: " ").last.map(String.init) ?? ""
                #expect(!ours.contains(module), "\(file.path) imports \(module)")
            }
        }
    }
}
