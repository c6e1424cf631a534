import Foundation
import Testing
import Topology

@Suite("The topologies that come with the project")
struct ShippedTopologyTests {
    static let folder = packageRoot.appending(path: "Topologies")

    /// Name, and per reader group: name, tensor_parallel, replicas, max_batch_size.
    struct Expected: Sendable {
        let name: String
        let groups: [Group]

        struct Group: Sendable, Equatable {
            let name: String
            let tensorParallel: Int
            let replicas: Int
            let maxBatchSize: Int
        }

        init(_ name: String, _ groups: [(String, Int, Int, Int)]) {
            self.name = name
            self.groups = groups.map {
                Group(name: $0.0, tensorParallel: $0.1, replicas: $0.2, maxBatchSize: $0.3)
            }
        }
    }

    static let all = [
        Expected("default", [("demo", 2, 1, 16)]), Expected("single", [("demo", 1, 1, 16)]),
        Expected("two-way", [("demo", 2, 1, 16)]), Expected("four-way", [("demo", 4, 1, 16)]),
        Expected("two-replicas", [("demo", 1, 2, 16)]), Expected("two-by-two", [("demo", 2, 2, 16)]),
        Expected("two-groups", [("split", 2, 1, 4), ("whole", 1, 1, 16)]),
    ]

    @Test("load with the layout their names say", arguments: all)
    func load(expected: Expected) throws {
        let topology = try TopologyFile.load(
            path: "Topologies/\(expected.name).yaml", workingDirectory: packageRoot, environment: [:],
            overrides: CommandLineOverrides())
        let groups = topology.readerGroups.map {
            Expected.Group(
                name: $0.name, tensorParallel: $0.tensorParallel.value, replicas: $0.replicas.value,
                maxBatchSize: $0.maxBatchSize.value)
        }
        #expect(groups == expected.groups)
        #expect(topology.consumerGroups.map(\.name) == ["primary"])
        #expect(topology.warnings.isEmpty)
        let ports = [topology.server.port, topology.server.managementPort, topology.server.openAIPort]
        #expect(ports.map(\.value) == [3000, 3001, 3003])
        let model = packageRoot.appending(path: "Models/skein-demo", directoryHint: .isDirectory)
        for group in topology.readerGroups {
            #expect(group.modelDirectory.value.path() == model.standardizedFileURL.path())
            #expect(group.consumerGroup.value == "primary" && group.quantType.value == .bf16)
        }
    }

    @Test("are these and no others, and each begins with one comment line")
    func complete() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
        #expect(files.sorted() == Self.all.map { "\($0.name).yaml" }.sorted())
        for file in files {
            let text = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
            let lines = text.split(separator: "\n")
            #expect(lines.first?.hasPrefix("# ") == true, "\(file)")
            #expect(lines.count { $0.contains("#") } == 1, "\(file)")
        }
    }
}
