#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Testing

/// A password is in no error, whatever goes wrong.
@Suite(.serialized) struct PasswordTests {
    private static let wrong = "hunter2-9931"

    @Test func isInNoError() throws {
        let server = try PostgreSQLServer.shared()
        try server.makeGuardedUser()
        let place = try PostgreSQLPlace(.leader)
        let (name, folder) = (place.database.name, place.database.server.socketFolder)
        let right = PostgreSQLServer.guardedPassword
        let user = PostgreSQLServer.guardedUser
        let addresses = [
            // Not the password; a server, a database, a port and an option that are not there; half an address.
            "postgresql://\(user):\(Self.wrong)@/\(name)?host=\(folder)",
            "host=\(folder) user=\(user) password=\(Self.wrong) dbname=\(name)",
            "postgresql://\(user):\(Self.wrong)@/\(name)?host=/nowhere",
            "postgresql://\(user):\(right)@/nothing?host=\(folder)",
            "postgresql://\(user):\(Self.wrong)@127.0.0.1:1/\(name)",
            "postgresql://\(user):\(Self.wrong)@/\(name)?host=\(folder)&nonsense=1",
            "postgresql://\(user):\(Self.wrong)@[::1/\(name)",
            "host=\(folder) user=\(user) password=\(Self.wrong) dbname",
        ]
        for address in addresses {
            do {
                try place.connect(to: address).close()
                Issue.record("it connects")
            } catch {
                let said = "\(error) \((error as? StoreError)?.words(making: "store create") ?? "")"
                #expect(!said.contains(Self.wrong) && !said.contains(right), "\(said)")
            }
        }
        // And with the right one it connects.
        try place.connect(to: "postgresql://\(user):\(right)@/\(name)?host=\(folder)").close()
        try place.remove()
    }
}
#endif
