import Foundation
import Testing

/// What the libraries have in public is what is recorded, so that a change of it is seen in review.
@Suite struct PublicDeclarationsTests {
    private static let tool = Checkout.root.appending(path: "Tools/public-declarations")

    /// What fails here names the command that records anew.
    @Test func thePublicDeclarationsAreTheRecordedOnes() throws {
        let check = try Self.run(Self.tool, ["--check"])
        #expect(check.status == 0, "\(check.output)")
    }

    private static let sample = """
        /// A public type says what `public let not: Int` is.
        public struct Sample: Hashable, Hidden {
            public let open: [Int], other = "public let not: Int { }"
            package var hidden: Int { 1 }
            public private(set) var value = 3
            @inlinable
            public func add(
                _ left: Int, to right: Int = 2
            ) throws(SampleError) -> Int { let x = { 1 }; return x() }
            struct Inner { public var seen: Int }
        }
        package protocol Hidden {}
        package enum Other { case open, shut }
        @nonexhaustive
        public enum SampleError: Error {
            case one, two(open: Int)
            case three
        }
        public protocol Caller<Value> {
            associatedtype Value
            var value: Value { get }
        }
        extension Sample: Hidden, CustomStringConvertible {
            /// Its name.
            public var description: String { "}" }
        }
        """

    @Test func whatIsPublicIsRecorded() throws {
        try Self.withSample { tool, record in
            #expect(try Self.run(tool, []).status == 0)
            let lines = try String(contentsOf: record, encoding: .utf8).split(separator: "\n").map(String.init)
            #expect(
                lines.dropFirst() == [
                    "## PopulusSample",
                    "@nonexhaustive public enum SampleError: Error",
                    "Caller associatedtype Value",
                    "Caller var value: Value",
                    "Sample public func add(_ left: Int, to right: Int = 2) throws(SampleError) -> Int",
                    "Sample public let open: [Int], other",
                    "Sample public private(set) var value",
                    "Sample public var description: String",
                    "Sample.Inner public var seen: Int",
                    "Sample: CustomStringConvertible",
                    "SampleError case one, two(open: Int)",
                    "SampleError case three",
                    "public protocol Caller<Value>",
                    "public struct Sample: Hashable",
                ])
        }
    }

    @Test func aChangeIsNoticed() throws {
        try Self.withSample { tool, record in
            #expect(try Self.run(tool, []).status == 0)
            #expect(try Self.run(tool, ["--check"]).status == 0)
            try Data(
                try String(contentsOf: record, encoding: .utf8).replacing("right: Int = 2", with: "right: Int").utf8
            )
            .write(to: record)
            let check = try Self.run(tool, ["--check"])
            #expect(check.status == 1)
            #expect(check.output.contains("+Sample public func add(_ left: Int, to right: Int = 2)"))
            #expect(check.output.contains("run Tools/public-declarations"))
        }
    }

    /// A folder with the tool, a module, and room for the record.
    private static func withSample(_ body: (_ tool: URL, _ record: URL) throws -> Void) throws {
        let files = FileManager.default
        let root = files.temporaryDirectory.appending(path: "populus-declarations-\(UUID().uuidString)")
        // What stays behind is a few files in the system's folder for such.
        defer { try? files.removeItem(at: root) }
        for folder in ["Tools", "Tests", "Sources/PopulusSample"] {
            try files.createDirectory(at: root.appending(path: folder), withIntermediateDirectories: true)
        }
        let tool = root.appending(path: "Tools/public-declarations")
        try files.copyItem(at: Self.tool, to: tool)
        try Data(sample.utf8).write(to: root.appending(path: "Sources/PopulusSample/Sample.swift"))
        try body(tool, root.appending(path: "Tests/PublicDeclarations.txt"))
    }

    private static func run(_ tool: URL, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = tool
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output ?? Data(), as: UTF8.self))
    }
}
