// example-app TASK FOLDER LINES: reports each line of a file into a task; reports wait in FOLDER.

import Client
import Collector
import Foundation

@main struct ExampleApp {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4 else {
            print("usage: example-app TASK FOLDER LINES")
            exit(64)
        }
        let lines = try LineCollector(path: arguments[3]).lines()
        try await LineReporter(task: arguments[1], folder: arguments[2]).report(lines)
        print("reported \(lines.count) lines")
    }
}
