import Foundation
import GRDB

/// Whoever got away with a folder of stores: reads every column of every table, and every byte of every file.
struct Thief {
    /// What is found out: values of columns, and files.
    private let loot: [(name: String, bytes: Data)]

    /// Takes what is there now; whoever works with it goes on.
    ///
    /// - Parameter folder: of one or several stores.
    init(robbing folder: String) throws {
        let copy = NSTemporaryDirectory() + "populus-thief-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: folder, toPath: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        var loot: [(name: String, bytes: Data)] = []
        let names = try FileManager.default.subpathsOfDirectory(atPath: copy).sorted()
        for name in names {
            var isFolder: ObjCBool = false
            let path = copy + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            loot.append((name, try Data(contentsOf: URL(filePath: path))))
        }
        for name in names where name.hasSuffix(".sqlite") { loot += try Self.columns(of: copy + "/" + name, name) }
        self.loot = loot
    }

    private static func columns(of path: String, _ name: String) throws -> [(name: String, bytes: Data)] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { db in
            var found: [(String, Data)] = []
            for table in try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'") {
                let rows = try Row.fetchAll(db, sql: "SELECT * FROM \(table)")
                for row in rows {
                    for (column, value) in row {
                        let text = String.fromDatabaseValue(value).map { Data($0.utf8) }
                        guard let bytes = Data.fromDatabaseValue(value) ?? text
                        else { continue }
                        found.append(("\(name): \(table).\(column)", bytes))
                    }
                }
            }
            return found
        }
    }

    /// Takes what a database answers and what folders hold.
    init(_ columns: [(name: String, bytes: Data)], folders: [String]) throws {
        loot = try folders.reduce(into: columns) { $0 += try Thief(robbing: $1).loot }
    }

    /// As PostgreSQL writes bytes.
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// How much was taken: a thief who found no file has found out nothing about secrets.
    var count: Int { loot.count }

    /// Where a secret is found, as it is or in text.
    func places(of secret: [UInt8]) -> [String] {
        let forms = [Data(secret), Data(Data(secret).base64EncodedString().utf8), Data(Self.hexadecimal(secret).utf8)]
        return loot.filter { piece in forms.contains { piece.bytes.range(of: $0) != nil } }.map(\.name)
    }
}

/// The secrets of a test, by what they are.
struct Secrets: Sendable {
    private(set) var all: [(name: String, bytes: [UInt8])] = []

    /// Short ones would be found by chance.
    mutating func add(_ name: String, _ bytes: [UInt8]) {
        guard bytes.count >= 8 else { return }
        all.append((name, bytes))
    }

    mutating func add(_ others: Secrets) { all += others.all }

    /// Of those that a thief finds, their names.
    func found(by thief: Thief) -> Set<String> { Set(all.filter { !thief.places(of: $0.bytes).isEmpty }.map(\.name)) }

    var names: Set<String> { Set(all.map(\.name)) }
}
