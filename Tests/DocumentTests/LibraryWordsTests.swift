import Foundation
import Testing

/// Who speaks of commands and options: the command alone, since only it knows them.
@Suite struct LibraryWordsTests {
    /// Files of libraries whose sentences name them all the same.
    private static let exceptions: Set<String> = [
        // Of two operators: they travel to the other aggregator, and stand in the logs of both.
        "Sources/Aggregator/Store/StoreWitness.swift",
        "Sources/AggregatorHost/Peer/HTTPHelperPeer+Look.swift",
        "Sources/AggregatorHost/Peer/HelperExchange.swift",
    ]

    @Test func librariesDoNotSpeakOfTheCommandLine() throws {
        let words = /--[a-z]|`populus |`(task|store) [a-z]+`/
        for module in try Checkout.manifest().modules where module.kind == "target" {
            for file in Checkout.swiftFiles(in: module.folder) {
                let path = String(file.standardizedFileURL.path.dropFirst(Checkout.root.path.count))
                    .trimmingPrefix("/")
                guard !Self.exceptions.contains(String(path)) else { continue }
                for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                    let isComment = line.drop(while: \.isWhitespace).hasPrefix("//")
                    #expect(isComment || !line.contains(words), "\(path) speaks of the command line: \(line)")
                }
            }
        }
    }
}
