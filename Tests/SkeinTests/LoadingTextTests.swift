import Testing
import WorkerMessages

@testable import Controller
@testable import skein

@Suite("The line that says how far loading is")
struct LoadingTextTests {
    private func reader(
        _ loading: LoadingProgress? = nil, isReady: Bool = false
    ) -> ReaderSnapshot {
        var snapshot = ReaderSnapshot(
            readerID: ReaderID("r"), readerGroup: "r", consumerGroup: "primary", modelName: "m",
            modelType: "llama",
            layout: ReaderLayout(
                tensorParallel: 1, transport: .shm, threadsPerRank: 1, quantType: "f32",
                kvCacheType: "f32", maxBatchSize: 1, maxSequenceLength: 32, prefillChunk: 8, blockCount: 1,
                hasPrefixCache: true, cores: []))
        snapshot.loading = loading
        snapshot.ready = isReady
        return snapshot
    }

    private func line(_ readers: [ReaderSnapshot], hasColour: Bool = false) -> String {
        LoadingText(readers, elapsed: .milliseconds(12_900)).line(hasColour: hasColour)
    }

    @Test("a bar of 24 characters, mebibytes, readers and seconds")
    func packing() {
        let half = LoadingProgress(work: .packing, doneByteCount: 512 << 20, totalByteCount: 1 << 30)
        #expect(
            line([reader(half), reader(isReady: true)])
                == "[############............] packing 512 of 1024 MiB, 1 of 2 readers ready, 12 s")
        #expect(
            line([reader(half)], hasColour: true)
                == "[\u{1B}[32m############\u{1B}[0m............] packing 512 of 1024 MiB, 0 of 1 readers ready, 12 s"
        )
    }

    @Test("several packs are one sum, and none is ever more than done")
    func several() {
        let whole = LoadingProgress(work: .checking, doneByteCount: 3 << 20, totalByteCount: 2 << 20)
        let none = LoadingProgress(work: .packing, doneByteCount: 0, totalByteCount: 6 << 20)
        #expect(
            line([reader(whole), reader(none)])
                == "[######..................] packing and checking 2 of 8 MiB, 0 of 2 readers ready, 12 s")
        #expect(line([reader(whole)]).hasPrefix("[########################] checking 2 of 2 MiB"))
    }

    @Test("without a pack in work there is no bar")
    func starting() {
        #expect(line([reader()]) == "starting workers, 0 of 1 readers ready, 12 s")
    }
}
