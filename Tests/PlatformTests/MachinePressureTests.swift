import Testing

@testable import Platform

@Suite("How pressed the machine is")
struct MachinePressureTests {
    @Test("the kernel's ten-second average is a share")
    func stall() {
        let text = """
            some avg10=12.50 avg60=0.97 avg300=2.88 total=9715853264
            full avg10=99.00 avg60=0.00 avg300=0.00 total=0
            """
        #expect(MachinePressure.parse(stall: text) == 0.125)
        #expect(MachinePressure.parse(stall: "some avg10=100.01 avg60=1 avg300=1 total=1") == 1)
        #expect(MachinePressure.parse(stall: "full avg10=1.00 avg60=1 avg300=1 total=1") == nil)
        #expect(MachinePressure.parse(stall: "some avg60=1.00") == nil)
        #expect(MachinePressure.parse(stall: "") == nil)
    }

    @Test(
        "without it, runnable threads beyond the processors are the pressure",
        arguments: [("4/80", 2, 0.5), ("2/80", 2, 0), ("1/80", 2, 0), ("0/80", 2, 0), ("8/80", 2, 0.75)])
    func runnable(word: String, processors: Int, pressure: Double) {
        let text = "0.20 0.18 0.12 \(word) 11206\n"
        #expect(MachinePressure.parse(loadavg: text, processorCount: processors) == pressure)
    }

    @Test("texts of another shape say nothing", arguments: ["", "0.2 0.1", "0.2 0.1 0.1 many 7"])
    func unknown(text: String) {
        #expect(MachinePressure.parse(loadavg: text, processorCount: 2) == nil)
    }

    @Test("this machine has one")
    func current() throws {
        #expect((0...1).contains(try MachinePressure.current(processorCount: 1)))
    }
}
