#if PostgreSQL
import Aggregator
import PostgreSQLHarness
import StorePostgreSQL
import Testing

/// What an address says of itself, and to whom.
struct AddressTests {
    @Test func aPasswordIsNeverShown() throws {
        let addresses = [
            "postgres://u:swordfish@host:5433/d", "postgresql://u:swordfish@host/d?password=swordfish",
            "service=populus password=swordfish",
        ]
        for text in addresses {
            let address = try PostgreSQLAddress(text)
            #expect(address.hasPassword && !address.description.contains("swordfish"))
        }
        try #expect(PostgreSQLAddress("postgres://u@host:5433/d").description == "postgres://u@host:5433/d")
        try #expect(!PostgreSQLAddress("service=populus").hasPassword)
    }

    @Test(arguments: ["postgres://u:swordfish@[/d", "host", "postgres://u:swordfish@host/d?nothing=swordfish"])
    func whatCannotBeReadIsNotRepeated(_ text: String) {
        let error = #expect(throws: StoreError.self) { try PostgreSQLAddress(text) }
        #expect(error.map { !"\($0)".contains("swordfish") } ?? false)
    }

    @Test func aFileIsNoAddress() {
        #expect(PostgreSQLAddress.isOne("postgres://host/d") && PostgreSQLAddress.isOne("service=populus"))
        #expect(
            !PostgreSQLAddress.isOne("/var/lib/populus/leader.sqlite") && !PostgreSQLAddress.isOne("postgres.sqlite"))
    }

    @Test func aWrongPasswordIsNamedAndNotShown() throws {
        let server = try PostgreSQLServer.shared()
        let database = try server.makeDatabase()
        try server.makeGuardedUser()
        let uri = database.uri(user: PostgreSQLServer.guardedUser)
        let error = #expect(throws: PostgreSQLError.self) {
            try PostgreSQLConnection(try PostgreSQLAddress(uri + "&password=swordfish"), name: "populus test")
        }
        #expect(error?.sqlState == "28P01")
        #expect(error.map { !"\($0)".contains("swordfish") } ?? false)
    }
}
#endif
