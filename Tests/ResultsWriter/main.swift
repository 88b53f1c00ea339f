// results-writer FILE WALKS STRINGS: records walks one after the other, and says the number of each that is recorded.
// results-writer FILE hostile: records two walks, in all columns of which are texts that want to be more than text.

import Foundation
import PopulusDAP
import Results
import ResultsHarness

let arguments = CommandLine.arguments
do {
    if arguments.count == 3, arguments[2] == "hostile" {
        try HostileResults.record(to: arguments[1])
        exit(0)
    }
    guard arguments.count == 4, let walks = UInt64(arguments[2]), let strings = Int(arguments[3]) else { exit(64) }
    let task = try Sample.task(Sample.fixedTask)
    let store = try ResultsStore(path: arguments[1], for: .recording)
    for number in 0..<walks {
        let recording = try store.record(Sample.large(number, of: task, strings: strings), of: task)
        FileHandle.standardOutput.write(Data("\(number) \(recording)\n".utf8))
    }
    try store.close()
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
