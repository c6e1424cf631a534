import ArgumentParser
import Controller
import Foundation
import Serving
import Topology

/// The command line. Exit codes: 0, 1 for failures while running, 2 for a wrong file, model or layout, 64 for flags
/// that cannot be parsed.
struct SkeinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skein",
        abstract: "Serve language models on CPUs, sharded and replicated over worker processes.",
        subcommands: [
            ServeCommand.self, PlanCommand.self, GenerateCommand.self, PerplexityCommand.self,
            ReadersCommand.self, BenchCommand.self,
        ])

    /// Parses the arguments, runs the command and ends the process.
    static func runAndExit() async -> Never {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            Foundation.exit(0)
        } catch let failure as CommandFailure {
            end(failure.description, exitCode: failure.exitCode)
        } catch let error as TopologyError {
            end("\(error)", exitCode: 2)
        } catch let error as ControllerError {
            end("\(error)", exitCode: 2)
        } catch let error as ServingError {
            end("\(error)", exitCode: 1)
        } catch {
            let code = exitCode(for: error)
            if code != .failure { exit(withError: error) }
            end("\(error)", exitCode: 1)
        }
    }

    private static func end(_ message: String, exitCode: Int32) -> Never {
        // The exit code says so even where nothing can be written.
        StandardError.write("skein: \(message)\n")
        Foundation.exit(exitCode)
    }
}
