import Foundation
import PopulusVDAF

/// Reproducible inputs for tests, from a name that failures print.
struct TestStream {
    private var xof: XofTurboShake128

    init(_ name: String) throws {
        let (dst, binder) = (Array("populus tests".utf8), Array(name.utf8))
        xof = try XofTurboShake128(seed: [UInt8](repeating: 7, count: 32), dst: dst, binder: binder)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { xof.next(count) }
    mutating func number(below bound: Int) -> Int { bytes(7).reduce(0) { $0 << 8 | Int($1) } % bound }
    mutating func prefix(bits: Int) -> Prefix { Prefix(bits: bytes(bits).map { $0 & 1 == 1 }) }
    mutating func field64() -> Field64 { xof.nextVec(Field64.self, count: 1)[0] }
    mutating func field128() -> Field128 { xof.nextVec(Field128.self, count: 1)[0] }
    mutating func field255() -> Field255 { xof.nextVec(Field255.self, count: 1)[0] }
}

/// The folders that tests read, relative to the package.
enum TestFolders {
    static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let vectors = package.appendingPathComponent("Vectors").path
    static let official = package.deletingLastPathComponent().appendingPathComponent("shared/vectors").path

    /// Whether the specification's own vectors are here; tests on them are counted as skipped where they are not.
    static let hasOfficial: Bool = {
        let isThere = FileManager.default.fileExists(atPath: official)
        if !isThere {
            FileHandle.standardError.write(Data("SKIPPED: no official vectors in \(official)\n".utf8))
        }
        return isThere
    }()
}

func bits(_ digits: String) -> Prefix { Prefix(bits: digits.map { $0 == "1" }) }

func parameter(_ prefixes: String...) throws -> Poplar1AggregationParameter {
    try Poplar1AggregationParameter(level: (prefixes.first?.count ?? 1) - 1, prefixes: prefixes.map(bits))
}

/// Every candidate of a level, sorted; for few levels.
func allPrefixes(level: Int) throws -> Poplar1AggregationParameter {
    let prefixes = (0..<1 << (level + 1)).map { value in
        Prefix(bits: (0...level).map { value >> (level - $0) & 1 == 1 })
    }
    return try Poplar1AggregationParameter(level: level, prefixes: prefixes)
}
