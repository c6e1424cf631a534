import Foundation
import Worker

// A worker arms its parent-death signal before anything else happens in the process.
if CommandLine.arguments.dropFirst().first == "worker" {
    exit(WorkerMain.run(arguments: Array(CommandLine.arguments.dropFirst(2))))
}
await SkeinCommand.runAndExit()
