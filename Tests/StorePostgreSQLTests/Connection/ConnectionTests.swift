#if PostgreSQL
import PostgreSQLHarness
import StorePostgreSQL
import Testing

/// One connection: what goes in comes out, and a statement that fails leaves it usable.
@Suite(.serialized) struct ConnectionTests {
    private static func withConnection(
        _ limits: PostgreSQLLimits = .service, _ body: (PostgreSQLConnection) throws -> Void
    ) throws {
        let database = try PostgreSQLServer.shared().makeDatabase()
        let connection = try PostgreSQLConnection(
            try PostgreSQLAddress(database.uri()), name: "populus test", limits: limits)
        try body(connection)
    }

    private struct Stop: Error {}

    @Test func integersAreOfTheColumnsOwnSize() throws {
        try Self.withConnection { db in
            try db.script("CREATE TABLE t (a smallint, b integer, c bigint)")
            // The first use of a statement with a null says nothing of the type.
            for values in [[nil, nil, nil], [-3, 70_000, 1 << 50], [Int64(Int16.min), Int64(Int32.min), Int64.min]] {
                try db.run(
                    "INSERT INTO t VALUES ($1, $2, $3)", values.map { $0.map { .integer($0) } ?? .null })
            }
            let sums = try db.all("SELECT a, b, c FROM t ORDER BY c DESC NULLS LAST") { found in
                found.isNull ? nil : [try found.integer(), try found.integer(), try found.integer()]
            }
            #expect(sums == [[-3, 70_000, 1 << 50], [Int64(Int16.min), Int64(Int32.min), Int64.min], nil])
            #expect(throws: PostgreSQLError.self) {
                try db.run("INSERT INTO t VALUES ($1, $2, $3)", [.integer(40_000), .null, .null])
            }
        }
    }

    @Test func bytesTextsAndArraysComeBack() throws {
        try Self.withConnection { db in
            for bytes in [[], [0], [UInt8](repeating: 0xFF, count: 300_000)] {
                try #expect(db.one("SELECT $1::bytea", [.bytes(bytes)]) { try $0.bytes() } == bytes)
            }
            try #expect(db.one("SELECT $1::text", [.text("ä'\"\\")]) { try $0.text() } == "ä'\"\\")
            try #expect(db.one("SELECT NOT $1", [.boolean(false)]) { try $0.boolean() } == true)
            let numbers: [Int64?] = [1, nil, .min]
            try #expect(
                db.all("SELECT unnest($1::bigint[])", [.integers(numbers)]) { $0.isNull ? nil : try $0.integer() }
                    == numbers)
            let strings: [[UInt8]?] = [[], nil, [1, 2]]
            try #expect(
                db.all("SELECT unnest($1::bytea[])", [.byteStrings(strings)]) { $0.isNull ? nil : try $0.bytes() }
                    == strings)
            try #expect(db.all("SELECT unnest($1::bytea[])", [.byteStrings([])]) { try $0.bytes() }.isEmpty)
        }
    }

    @Test func manyRowsComeAsArraysAndAreReadOneByOne() throws {
        try Self.withConnection { db in
            try db.script("CREATE TABLE t (a integer, b bytea)")
            try db.run(
                "INSERT INTO t (b, a) SELECT * FROM unnest($1::bytea[], $2::bigint[])",
                [
                    .byteStrings((0..<20_000).map { [UInt8](repeating: 7, count: $0 % 300) }),
                    .integers((0..<20_000).map { $0 % 5 == 0 ? nil : Int64($0) }),
                ])
            var (rows, bytes) = (0, 0)
            try db.forEach("SELECT b, a FROM t WHERE a IS NOT NULL AND a >= $1", [.integer(0)]) { found in
                rows += 1
                let count = try found.bytes().count
                bytes += count
                try #expect(found.integer() % 300 == Int64(count))
            }
            #expect(rows == 16_000)
            #expect(bytes == (0..<20_000).filter { $0 % 5 != 0 }.reduce(0) { $0 + $1 % 300 })
        }
    }

    @Test func whatStopsInTheMiddleLeavesTheConnectionUsable() throws {
        try Self.withConnection { db in
            try db.script("CREATE TABLE t (a bigint); INSERT INTO t SELECT generate_series(1, 10000)")
            #expect(throws: Stop.self) { try db.forEach("SELECT a FROM t") { _ in throw Stop() } }
            #expect(throws: PostgreSQLError.self) { try db.run("SELECT 1 / $1", [.integer(0)]) }
            try #expect(db.one("SELECT count(*) FROM t") { try $0.integer() } == 10_000)
            #expect(db.isIdle && !db.isLost)
        }
    }

    @Test func aSavepointUndoesItsOwnWorkAlone() throws {
        try Self.withConnection { db in
            try db.script("CREATE TABLE t (a bigint PRIMARY KEY); BEGIN")
            try db.run("INSERT INTO t VALUES ($1)", [.integer(1)])
            #expect(throws: Stop.self) {
                try db.savepoint {
                    try db.run("INSERT INTO t VALUES ($1)", [.integer(2)])
                    throw Stop()
                }
            }
            #expect(throws: PostgreSQLError.self) {
                try db.savepoint { try db.run("INSERT INTO t VALUES ($1)", [.integer(1)]) }
            }
            // Whoever passes over an error has not done what it seems.
            #expect(throws: PostgreSQLError.self) {
                try db.savepoint { _ = try? db.run("INSERT INTO t VALUES ($1)", [.integer(1)]) }
            }
            try db.run("INSERT INTO t VALUES ($1)", [.integer(3)])
            try db.commit()
            try #expect(db.all("SELECT a FROM t ORDER BY a") { try $0.integer() } == [1, 3])
        }
    }

    @Test func aFailedTransactionIsNotCommitted() throws {
        try Self.withConnection { db in
            try db.script("CREATE TABLE t (a bigint)")
            try db.script("BEGIN; INSERT INTO t VALUES (1)")
            _ = try? db.run("SELECT nothing")
            #expect(throws: PostgreSQLError.self) { try db.commit() }
            #expect(db.rollBack())
            try #expect(db.one("SELECT count(*) FROM t") { try $0.integer() } == 0)
        }
    }

    @Test func moreStatementsThanAreKept() throws {
        try Self.withConnection { db in
            for number in 0..<1200 {
                try #expect(db.one("SELECT \(number)") { try $0.integer() } == Int64(number))
            }
            try #expect(db.one("SELECT count(*) FROM pg_prepared_statements") { try $0.integer() } ?? 0 <= 512)
        }
    }

    @Test func aServerThatIsSilentIsGivenUp() throws {
        var limits = PostgreSQLLimits()
        limits.silence = 1
        try Self.withConnection(limits) { db in
            let start = ContinuousClock.now
            let error = #expect(throws: PostgreSQLError.self) { try db.script("SELECT pg_sleep(20)") }
            #expect(error?.isLost == true && db.isLost)
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    /// Rows and parameters may be secret: what an error says has neither.
    @Test func errorsSayNothingOfValues() throws {
        try Self.withConnection { db in
            try db.script("CREATE TABLE t (a text PRIMARY KEY CHECK (length(a) < 20))")
            try db.run("INSERT INTO t VALUES ($1)", [.text("swordfish")])
            for value in ["swordfish", "swordfish swordfish swordfish"] {
                let error = #expect(throws: PostgreSQLError.self) {
                    try db.run("INSERT INTO t VALUES ($1)", [.text(value)])
                }
                #expect(error.map { !"\($0)".contains("swordfish") } ?? false)
                #expect(error?.constraint?.hasPrefix("t_") == true)
            }
        }
    }
}
#endif
