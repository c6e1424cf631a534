import Logging
import Testing
import WorkerMessages

@testable import Controller

@Suite struct ReaderLifecycleTests {
    @Test func aReaderBuildsServesDiesAndRestartsAtOnce() {
        var lifecycle = ReaderLifecycle()
        #expect(lifecycle.begin() == .obtainPack)
        #expect(lifecycle.state == .waitingForPack)
        #expect(lifecycle.gotPack(isBuilder: true) == .load)
        #expect(lifecycle.state == .buildingPack)
        lifecycle.sealedPack()
        #expect(lifecycle.state == .loading)
        #expect(lifecycle.becameReady() == .serve)
        let phase = RestartPolicy.Phase.serving(stepCount: 3, age: .seconds(1))
        #expect(lifecycle.died(because: "rank 1", in: phase, isPermanent: false) == .wait(.zero))
        #expect(lifecycle.state == .restarting(backoff: .zero))
        #expect(lifecycle.lastError == "rank 1")
        #expect(lifecycle.waited() == .obtainPack)
        #expect(lifecycle.restartCount == 1)
        #expect(lifecycle.gotPack(isBuilder: false) == .load)
        #expect(lifecycle.state == .loading)
    }

    @Test func aModelThatIsRefusedIsNotTriedAgain() {
        var lifecycle = ReaderLifecycle()
        _ = lifecycle.begin()
        #expect(lifecycle.died(because: "bad", in: .loading, isPermanent: true) == .park)
        #expect(lifecycle.state == .failed(reason: "bad"))
        #expect(lifecycle.stopped() == .end)
    }
}

@Suite struct StepMeterTests {
    /// 6 ms: 3 of arithmetic, one of them repeated by every rank, 2 of gathers, 1 of sampling.
    private static let result = {
        var result = StepResult()
        result.computeNanoseconds = 3_000_000
        result.gatherNanoseconds = 2_000_000
        result.sampleNanoseconds = 1_000_000
        result.serialNanoseconds = 1_000_000
        return result
    }()

    @Test func theControllersShareIsTheTimeOutsideTheWaitWhileThereWasWork() {
        var meter = StepMeter()
        meter.hasWork(at: .milliseconds(100))
        // 10 ms with work, 9 of them waiting.
        let first = meter.finishedStep(
            tokenCount: 2, waiting: .milliseconds(9), result: Self.result, at: .milliseconds(110))
        meter.hasWork(at: .milliseconds(111))
        let second = meter.finishedStep(
            tokenCount: 1, waiting: .milliseconds(7), result: Self.result, at: .milliseconds(120))
        meter.hasNoWork()
        // Idle until 500.
        meter.hasWork(at: .milliseconds(500))
        let third = meter.finishedStep(
            tokenCount: 1, waiting: .milliseconds(4), result: Self.result, at: .milliseconds(505))
        for (step, milliseconds) in [(first, (1, 3)), (second, (3, 1))] {
            #expect(step[.plan] == .milliseconds(milliseconds.0))
            #expect(step[.compute] == .milliseconds(3))
            #expect(step[.collective] == .milliseconds(2))
            #expect(step[.sample] == .milliseconds(1))
            #expect(step[.wait] == .milliseconds(milliseconds.1))
            #expect(ReaderMetrics.Phase.allCases.reduce(.zero) { $0 + step[$1] } == .milliseconds(10))
        }
        // Rank 0 accounts for more than was waited, by a clock of its own: no phase is negative.
        #expect(third[.plan] == .milliseconds(1) && third[.wait] == .zero)
        #expect(meter.stepCount == 3)
        #expect(meter.tokenCount == 4)
        #expect(meter.busy == .milliseconds(25))
        #expect(meter.controller == .milliseconds(5))
        #expect(meter.serial == .milliseconds(3))
    }
}

@Suite struct StopOrderTests {
    @Test func ofTwoOrdersTheStricterHoldsWithTheEarlierDeadline() {
        let soon = Duration.seconds(1)
        let late = Duration.seconds(2)
        // A second DELETE, before or after.
        #expect(
            StopOrder.remove(deadline: soon).combined(with: .remove(deadline: late))
                == .remove(deadline: soon))
        #expect(
            StopOrder.remove(deadline: late).combined(with: .remove(deadline: soon))
                == .remove(deadline: soon))
        #expect(
            StopOrder.drain(deadline: late).combined(with: .drain(deadline: soon)) == .drain(deadline: soon))
        // What is removed takes nothing, though the fleet drains.
        #expect(
            StopOrder.remove(deadline: late).combined(with: .drain(deadline: soon))
                == .remove(deadline: soon))
        #expect(
            StopOrder.drain(deadline: soon).combined(with: .remove(deadline: late))
                == .remove(deadline: soon))
        #expect(StopOrder.now.combined(with: .remove(deadline: late)) == .now)
        #expect(StopOrder.drain(deadline: soon).combined(with: .now) == .now)
    }

    @Test func onlyADrainGoesOnTaking() {
        #expect(StopOrder.drain(deadline: .seconds(1)).allowsTaking)
        #expect(!StopOrder.remove(deadline: .seconds(1)).allowsTaking)
        #expect(!StopOrder.now.allowsTaking)
    }

    @Test func timeIsOverAtTheDeadline() {
        #expect(!StopOrder.remove(deadline: .seconds(1)).isOver(at: .milliseconds(999)))
        #expect(StopOrder.remove(deadline: .seconds(1)).isOver(at: .seconds(1)))
        #expect(StopOrder.now.isOver(at: .zero))
    }
}

@Suite struct ModelRootsTests {
    @Test(
        arguments: [
            ("/models/a", true), ("/models/deep/a", true), ("/models", false), ("/modelsX/a", false),
            ("/served/b", true), ("/served/deep/b", false), ("/elsewhere/a", false),
        ])
    func aDirectoryLiesUnderARootOrBesideAServedModel(_ path: String, _ isAllowed: Bool) {
        #expect(ModelRoots(roots: ["/models"]).allow(path, beside: ["/served/a"]) == isAllowed)
    }
}

@Suite struct WorkerLogLineTests {
    @Test func aStructuredLineKeepsItsLevelAndMetadata() {
        let line = WorkerLogLine(#"{"level":"error","message":"late","metadata":{"step.number":"4"}}"#)
        #expect(line.level == .error)
        #expect(line.message == "late")
        #expect(line.metadata == ["step.number": "4"])
    }

    @Test(arguments: ["Fatal error: index out of range", "{\"level\":1}", ""])
    func anyOtherLineIsAWarningWithTheLineInIt(_ text: String) {
        let line = WorkerLogLine(text)
        #expect(line.level == .warning)
        #expect(line.metadata == ["worker.line": text])
    }

    @Test func aLineIsWrittenAgainWithReaderAndRank() throws {
        let log = TestLog()
        WorkerLogLine(#"{"level":"info","message":"hello"}"#)
            .emit(to: log.logger, reader: ReaderID("chat-1"), rank: 3)
        let written = try #require(log.lines.first)
        #expect(written.message == "hello")
        #expect(written.metadata == ["reader.id": "chat-1", "worker.rank": "3"])
    }
}
