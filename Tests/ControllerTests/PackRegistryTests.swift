import Testing

@testable import Controller

@Suite struct PackRegistryTests {
    private let key = PackKey(checkpointDigest: "d", weightType: "f32", layoutID: "l", place: [0])
    private let a = ReaderID("a")
    private let b = ReaderID("b")
    private let c = ReaderID("c")

    @Test func oneReaderBuildsAndAllOthersMapOnceItIsSealed() {
        var registry = PackRegistry()
        #expect(registry.request(key, by: a) == [.build(key, a)])
        #expect(registry.request(key, by: b) == [])
        #expect(registry.request(key, by: c) == [])
        #expect(registry.seal(by: a) == [.map(key, a), .map(key, b), .map(key, c)])
        #expect(registry.request(key, by: c) == [.map(key, c)])
    }

    @Test func theLongestWaitingReaderBuildsWhenTheBuilderIsGone() {
        var registry = PackRegistry()
        _ = registry.request(key, by: a)
        _ = registry.request(key, by: b)
        _ = registry.request(key, by: c)
        #expect(registry.withdraw(a) == [.discard(key), .build(key, b)])
        // The first builder comes back after its backoff and waits behind the others.
        #expect(registry.request(key, by: a) == [])
        #expect(registry.withdraw(b) == [.discard(key), .build(key, c)])
        #expect(registry.seal(by: c) == [.map(key, c), .map(key, a)])
    }

    @Test func aReaderThatStopsWaitingIsPassedOver() {
        var registry = PackRegistry()
        _ = registry.request(key, by: a)
        _ = registry.request(key, by: b)
        _ = registry.request(key, by: c)
        #expect(registry.withdraw(b) == [])
        #expect(registry.withdraw(a) == [.discard(key), .build(key, c)])
    }

    @Test func aBuilderWithoutSuccessorLeavesNothing() {
        var registry = PackRegistry()
        _ = registry.request(key, by: a)
        #expect(registry.withdraw(a) == [.discard(key)])
        #expect(registry.keys == [])
        #expect(registry.request(key, by: a) == [.build(key, a)])
    }

    @Test func aSealedPackOutlivesDeathsAndIsFreedWithItsLastUser() {
        var registry = PackRegistry()
        _ = registry.request(key, by: a)
        _ = registry.seal(by: a)
        _ = registry.request(key, by: b)
        #expect(registry.withdraw(a) == [])
        #expect(registry.request(key, by: a) == [.map(key, a)])
        #expect(registry.release(b) == [])
        #expect(registry.release(a) == [.free(key)])
        #expect(registry.keys == [])
    }

    @Test func removingTheBuilderMakesTheNextOneBuildAndForgetsTheFirst() {
        var registry = PackRegistry()
        _ = registry.request(key, by: a)
        _ = registry.request(key, by: b)
        #expect(registry.release(a) == [.discard(key), .build(key, b)])
        _ = registry.seal(by: b)
        #expect(registry.release(b) == [.free(key)])
    }

    @Test func anotherPlaceIsAnotherPack() {
        var registry = PackRegistry()
        var far = key
        far.place = [1]
        _ = registry.request(key, by: a)
        #expect(registry.request(far, by: b) == [.build(far, b)])
        #expect(registry.seal(by: a) == [.map(key, a)])
        #expect(registry.withdraw(b) == [.discard(far)])
    }

    @Test func aCondemnedPackIsBuiltByWhoeverAsksNextAndGoesWithItsLastUser() {
        var registry = PackRegistry()
        #expect(registry.condemn(key) == [])
        _ = registry.request(key, by: a)
        // What is being built cannot be condemned.
        #expect(registry.condemn(key) == [])
        _ = registry.seal(by: a)
        _ = registry.request(key, by: b)
        #expect(registry.condemn(key) == [.free(key)])
        #expect(registry.condemn(key) == [])
        #expect(registry.withdraw(a) == [])
        #expect(registry.request(key, by: b) == [.build(key, b)])
        #expect(registry.request(key, by: a) == [])
        #expect(registry.seal(by: b) == [.map(key, b), .map(key, a)])
        #expect(registry.condemn(key) == [.free(key)])
        #expect(registry.release(a) == [])
        #expect(registry.release(b) == [])
        #expect(registry.keys == [])
    }
}
