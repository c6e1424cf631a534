import CPlatform
import Glibc

/// Binds a worker's life to its controller's.
package enum ParentDeath {
    /// Asks to be killed when the parent ends, then makes sure that it had not ended before.
    ///
    /// The first statement of a worker. `parentPID` is what the controller gave as `--parent-pid`.
    package static func arm(parentPID: Int32) throws(SystemError) {
        _ = try SystemError.check(skein_arm_parent_death(), "prctl(PR_SET_PDEATHSIG)")
        try check(parentPID: parentPID)
    }

    /// Throws unless the parent is still the process that it should be.
    package static func check(parentPID: Int32) throws(SystemError) {
        let actual = getppid()
        guard actual == parentPID else {
            throw SystemError(.parentGone, "parent process is \(actual), expected \(parentPID): it has ended")
        }
    }
}
