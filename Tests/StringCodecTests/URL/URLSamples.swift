import Foundation
import PopulusStringCodec

/// Strings for tests of the URL code: likely ones, unlikely ones, and those between.
enum URLSamples {
    /// The values and code words of `Vectors/url-1.csv`.
    static func vectors() throws -> [(value: [UInt8], bits: String)] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: folder.appendingPathComponent("Vectors/url-1.csv"), encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            let digits = Array(fields[0])
            let value = stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
            return (value.compactMap { $0 }, String(fields[1]))
        }
    }

    private static let pieces = [
        "http://", "https://", "www.", "example", ".org", ".com", ".net", "/", "index", ".html", "?id=", "&", "news",
        "wiki",
        "%D8%A7", "2024", "-", "_", "a", "e", "st", "0",
    ].map { Array($0.utf8) }

    static func strings(count: Int, seed: UInt64) -> [[UInt8]] {
        var random = SplitMix(state: seed)
        return (0..<count).map { _ in string(&random) }
    }

    private static func string(_ random: inout SplitMix) -> [UInt8] {
        let length = Int(random.next() % 24)
        switch random.next() % 4 {
        case 0: return (0..<length).map { _ in UInt8(random.next() % 256) }
        case 1: return (0..<length).map { _ in [0x00, 0xff, 0x61][Int(random.next() % 3)] }
        case 2: return (0..<length).flatMap { _ in pieces[Int(random.next() % UInt64(pieces.count))] }
        default:
            let start = Array("http://www.".utf8)
            return start + (0..<(length / 2)).flatMap { _ in pieces[Int(random.next() % UInt64(pieces.count))] }
        }
    }
}
