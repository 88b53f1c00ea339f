#if PostgreSQL
import Foundation
import PostgreSQLHarness
import Testing

extension EndToEnd {
    /// The commands on stores in PostgreSQL: they are as strict as with files, and say as much.
    @Suite struct DatabaseStores {
        /// Runs `populus store VERB` for a role's database.
        private func store(
            _ deployment: Deployment, _ verb: String, _ role: Deployment.Role, _ options: [String] = []
        ) async throws -> CommandResult {
            try await deployment.scratch.run(
                Checkout.populus,
                ["store", verb, "--task", deployment.taskFile(role.rawValue)] + deployment.store(role) + options)
        }

        /// A task whose stores are in databases of their own.
        private func with(
            _ scheme: [String] = ["--vdaf", "prio3-count"], taskOptions: [String] = [],
            _ body: (Deployment, [Deployment.Role: PostgreSQLDatabase]) async throws -> Void
        ) async throws {
            let server = try PostgreSQLServer.shared()
            var databases: [Deployment.Role: PostgreSQLDatabase] = [:]
            for role in Deployment.Role.allCases { databases[role] = try server.makeDatabase() }
            defer { for database in databases.values { try? database.drop() } }
            let found = databases
            try await Deployment.with(bits: 64, scheme: scheme, taskOptions: taskOptions, start: false) { deployment in
                deployment.databases = found.mapValues { $0.uri() }
                try await body(deployment, found)
            }
        }

        @Test func aStoreIsMadeOnceAndForOneRole() async throws {
            try await with { deployment, databases in
                let none = try await deployment.refusedStart(.leader)
                #expect(none.status == 66 && none.stderr.contains("populus store create"), "\(none.output)")
                #expect(none.stderr.contains("that very database"), "\(none.output)")
                let address = try #require(deployment.databases[.leader])
                let made = try await store(deployment, "create", .leader)
                #expect(
                    made.status == 0 && made.stdout.contains("made the leader's store \(address)"), "\(made.output)")
                let again = try await store(deployment, "create", .leader)
                #expect(again.status == 73 && again.stderr.contains("exists already"), "\(again.output)")
                let other = try await deployment.scratch.run(
                    Checkout.populus,
                    ["store", "create", "--task", deployment.taskFile("helper")] + deployment.store(.leader))
                #expect(other.status == 65, "\(other.output)")

                let shown = try await store(deployment, "show", .leader)
                #expect(shown.status == 0 && shown.stdout.hasPrefix("server  \(address)\n"), "\(shown.output)")
                let migrated = try await store(deployment, "migrate", .leader)
                #expect(
                    migrated.status == 0 && migrated.stdout.contains("nothing was to be done"), "\(migrated.output)")
                let nothing = try await store(deployment, "migrate", .helper)
                #expect(nothing.status == 66, "\(nothing.output)")

                try await deployment.start(.leader)
                for verb in ["show", "renew"] {
                    let busy = try await store(deployment, verb, .leader, verb == "renew" ? ["--give-up-reports"] : [])
                    #expect(busy.status == 75 && busy.stderr.contains("another process"), "\(verb): \(busy.output)")
                }
                let words = deployment.serve(.leader) + ["--listen", "127.0.0.1:0"]
                let second = try await deployment.scratch.run(Checkout.populus, words, within: .seconds(60))
                #expect(second.status == 75, "\(second.output)")
                let log = Scratch.text(try #require(deployment.running[.leader]).stderr)
                #expect(log.contains("store=\(address)"), "\(log)")
            }
        }

        /// A password from a file or the environment lets it in, and neither the process list nor any word has it.
        @Test func aPasswordComesFromElsewhere() async throws {
            var settings = PostgreSQLServer.Settings()
            settings.listensOnLoopback = true
            let server = try PostgreSQLServer(settings)
            defer { try? server.end() }
            try server.makeGuardedUser()
            let database = try server.makeDatabase()
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"], start: false) { deployment in
                deployment.databases[.leader] = database.loopbackURI
                let (user, secret) = (PostgreSQLServer.guardedUser, PostgreSQLServer.guardedPassword)
                let passwords = try deployment.scratch.write(
                    Data("127.0.0.1:*:*:\(user):\(secret)\n".utf8), to: "pgpass")
                chmod(passwords.path, 0o600)
                let service = """
                    [populus]
                    host=127.0.0.1
                    port=\(server.port)
                    user=\(user)
                    dbname=\(database.name)
                    password=\(secret)

                    """
                let services = try deployment.scratch.write(Data(service.utf8), to: "services")
                let task = ["--task", deployment.taskFile("leader")]
                func run(_ words: [String], _ environment: [String: String]) async throws -> CommandResult {
                    let result = try await deployment.scratch.run(
                        Checkout.populus, words + task, environment: environment, within: .seconds(60))
                    #expect(!result.output.contains(secret), "\(words): \(result.output)")
                    return result
                }
                let address = ["--store", database.loopbackURI]
                let without = try await run(["store", "create"] + address, ["PGPASSFILE": "/dev/null"])
                #expect(without.status == 69, "\(without.output)")
                let wrong = try await run(["store", "create"] + address, ["PGPASSWORD": "wrong-word"])
                #expect(wrong.status == 69 && !wrong.output.contains("wrong-word"), "\(wrong.output)")
                let made = try await run(["store", "create"] + address, ["PGPASSFILE": passwords.path])
                #expect(made.status == 0, "\(made.output)")
                let shown = try await run(["store", "show"] + address, ["PGPASSWORD": secret])
                #expect(shown.status == 0, "\(shown.output)")
                let byService = try await run(
                    ["store", "show", "--store", "service=populus"], ["PGSERVICEFILE": services.path])
                #expect(byService.status == 0 && byService.stdout.hasPrefix("server  service=populus\n"))
            }
        }

        /// The database is put back to an earlier moment: its own server sees that, and both operators can go on.
        @Test func aDatabaseThatWasPutBackIsRefused() async throws {
            try await with(
                ["--vdaf", "poplar1", "--bits", "64", "--encoding", "bytes"], taskOptions: ["--time-precision", "1"]
            ) { deployment, databases in
                let database = try #require(databases[.helper])
                for role in [Deployment.Role.helper, .leader] { try await deployment.start(role) }
                await deployment.running[.helper]?.stop()
                let earlier = try database.copy()
                try await deployment.start(.helper)
                let lines = try deployment.scratch.write(Data(String(repeating: "a\n", count: 12).utf8), to: "lines")
                let csv = deployment.scratch.file("out.csv")
                try await deployment.uploadAll(lines)
                #expect(try await deployment.discover(threshold: "10", csv: csv).status == 0)
                await deployment.running[.helper]?.stop()
                try database.restore(earlier)

                let refused = try await deployment.refusedStart(.helper)
                #expect(
                    refused.status == 65 && refused.stderr.contains("put back to an earlier state"), "\(refused.output)"
                )
                #expect(refused.stderr.contains("A store that is lost or damaged"), "\(refused.output)")
                let shown = try await store(deployment, "show", .helper, ["--cache", deployment.cache(.helper).path])
                #expect(shown.status == 65, "\(shown.output)")
                // Without its cache it cannot know; the other aggregator does.
                try FileManager.default.removeItem(at: deployment.cache(.helper))
                try await deployment.start(.helper)
                try await deployment.uploadAll(lines)
                let walk = try deployment.startDiscovery(threshold: "10", csv: csv)
                try await wait(for: "the Helper's refusal", within: .seconds(60)) {
                    deployment.running[.helper]?.output.contains("put back to an earlier state") == true ? () : nil
                }
                await walk.stop()
                for role in Deployment.Role.allCases { await deployment.running[role]?.stop() }
                try await goOn(deployment, lines)
            }
        }

        /// Both operators consent: what was received before is refused, and each server starts again.
        private func goOn(_ deployment: Deployment, _ lines: URL) async throws {
            for role in Deployment.Role.allCases {
                let asked = try await store(deployment, "renew", role)
                #expect(asked.status == 1 && asked.stderr.contains("--give-up-reports"), "\(asked.output)")
                let renewed = try await store(deployment, "renew", role, ["--give-up-reports"])
                #expect(renewed.status == 0, "\(renewed.output)")
            }
            for role in Deployment.Role.allCases { try await deployment.start(role) }
            let early = try await deployment.upload(lines)
            #expect(early.status == 1 && early.stderr.contains("refused by the Leader"), "\(early.output)")
        }

        /// A server that would forget what it acknowledged is refused before anything is made in it.
        @Test func aServerThatForgetsIsRefused() async throws {
            try await with { deployment, databases in
                let database = try #require(databases[.leader])
                try database.query("ALTER DATABASE \(database.name) SET synchronous_commit = off")
                let made = try await store(deployment, "create", .leader)
                #expect(made.status == 65 && made.stderr.contains("synchronous_commit"), "\(made.output)")
                #expect(try database.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [["0"]])
            }
        }
    }
}
#endif
