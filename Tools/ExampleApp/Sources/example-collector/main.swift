// Discovers the strings of a task, by the library PopulusCollector alone:
//
//     example-collector FILE THRESHOLD
//
// FILE is the task's collector.json, THRESHOLD a number of votes such as 10, or a share such as 0.1%. A line is a string, a
// tab and its count; what happens meanwhile is told on standard error. What was interrupted goes on with the same command.
import Foundation
import PopulusCollector

func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

/// A string as one word of a line: as text where it is such a word, else its bytes in hexadecimal digits.
func word(_ string: DiscoveredString) -> String {
    let isControl = { (scalar: Unicode.Scalar) in scalar.properties.generalCategory == .control }
    if let text = string.text, !text.isEmpty, !text.unicodeScalars.contains(where: isControl) { return text }
    return "0x" + string.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

func discover(_ path: String, _ threshold: DiscoveryThreshold) async throws(CollectorFailure) {
    let task = try CollectorTask(file: path)
    for try await event in task.discover(threshold: threshold, resume: true) {
        switch event {
        case .began(let beginning):
            say(beginning.isNew ? "a new walk" : "going on after \(beginning.stepsAnswered) steps")
        case .waiting(let reason): say("waiting: \(reason)")
        case .stepEnded(let progress):
            say("step \(progress.step + 1): bit \(progress.bits), \(progress.candidates) prefixes asked for")
        case .finished(let result):
            // Here, before the loop goes on: then the library lets go of the result.
            for string in result.strings { print("\(word(string))\t\(string.count.value)") }
            say("\(result.reports) reports, \(result.missing.lateRejections) rejected late")
        default: break
        }
    }
}

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 2, let path = arguments.first, let threshold = arguments.last.flatMap(DiscoveryThreshold.init)
else {
    say("usage: example-collector FILE THRESHOLD")
    exit(64)
}
do throws(CollectorFailure) {
    try await discover(path, threshold)
} catch {
    say("\(error)")
    exit(error.remains == .unfinished ? 75 : 1)
}
