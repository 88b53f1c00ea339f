import Foundation
import Testing

extension EndToEnd {
    /// What `--store` and `--cache` take for a database, and what they refuse: no server is needed for that.
    @Suite struct DatabaseAddresses {
        private static let secret = "hunter2"

        /// Each form in which libpq would take a password.
        private static let withPassword = [
            "postgres://populus:hunter2@db.example/leader", "postgresql://populus:hunter2@/leader?host=/run",
            "postgresql:///leader?user=populus&password=hunter2",
            "postgresql://populus:hun?ter2=hunter2@db.example/leader",
            "postgresql://populus:hun@hunter2@db.example/leader", "postgresql://populus:x/hunter2@db.example/leader",
            "postgresql://populus@db.example/leader?sslpassword=hunter2", "postgresql:///leader?%70assword=hunter2",
            "postgresql:///leader?PASSWORD=hunter2", "postgres://:hunter2@db.example", "POSTGRES://populus:hunter2@h/l",
            "host=db.example user=populus password=hunter2", "service=populus password=hunter2",
            "password=hunter2 service=populus", "postgresql://populus:hunter2@one.example,two.example/leader",
            "postgresql://db.example/leader:hunter2@x", "postgresql://?user=populus:hunter2@x",
        ]

        /// Nothing is done with an address that has a password, and nobody repeats it.
        @Test func aPasswordIsRefusedAndNeverRepeated() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let task = ["--task", deployment.taskFile("leader")]
                for address in Self.withPassword {
                    let commands = [
                        ["leader", "--listen", "127.0.0.1:0", "--cache", deployment.cache(.leader).path],
                        ["store", "create"], ["store", "show"], ["store", "renew"], ["store", "migrate"],
                    ]
                    for command in address == Self.withPassword[0] ? commands : [commands[1]] {
                        let result = try await deployment.scratch.run(
                            Checkout.populus, command + ["--store", address] + task, within: .seconds(30))
                        #expect(result.status == 64, "\(command) \(address): \(result.output)")
                        #expect(!result.output.contains(Self.secret), "\(command): \(result.output)")
                    }
                }
                let plain = try await deployment.scratch.run(
                    Checkout.populus, ["store", "create", "--store", Self.withPassword[0]] + task)
                for words in ["~/.pgpass", "PGPASSFILE", "service file", "PGPASSWORD", "Change the password"] {
                    #expect(plain.stderr.contains(words), "\(plain.output)")
                }
                let left = try FileManager.default.contentsOfDirectory(atPath: deployment.scratch.folder.path)
                #expect(left.allSatisfy { !$0.contains(Self.secret) && !$0.contains("cache") }, "\(left)")
            }
        }

        /// `--cache` is for a database; where a file is given everything lies beside that.
        @Test func theCacheIsForADatabase() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let words = deployment.serve(.leader) + ["--cache", deployment.cache(.leader).path]
                let refused = try await deployment.scratch.run(Checkout.populus, words, within: .seconds(30))
                #expect(refused.status == 64 && refused.stderr.contains("--cache is for a store in PostgreSQL"))
                // What a unit sets for its own reasons changes nothing for a file.
                try await deployment.makeStore(of: .leader)
                let shown = try await deployment.scratch.run(
                    Checkout.populus,
                    ["store", "show", "--task", deployment.taskFile("leader")] + deployment.store(.leader),
                    environment: ["CACHE_DIRECTORY": "/nowhere"])
                #expect(shown.status == 0 && shown.stdout.hasPrefix("file    "), "\(shown.output)")
                let migrated = try await deployment.scratch.run(
                    Checkout.populus,
                    ["store", "migrate", "--task", deployment.taskFile("leader")] + deployment.store(.leader))
                #expect(migrated.status == 0 && migrated.stdout.contains("a server brings it"), "\(migrated.output)")
            }
        }

        #if PostgreSQL
        /// Opened shares lie there: a folder of its own, which nobody else looks into, and none that is guessed.
        @Test func theCacheIsNamedAndPrivate() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let serve = [
                    "leader", "--listen", "127.0.0.1:0", "--task", deployment.taskFile("leader"), "--store",
                    "postgresql:///nothing?host=/nowhere",
                ]
                func start(_ options: [String] = [], _ environment: [String: String] = [:]) async throws
                    -> CommandResult
                {
                    try await deployment.scratch.run(
                        Checkout.populus, serve + options, environment: environment, within: .seconds(60))
                }
                let none = try await start()
                #expect(none.status == 65 && none.stderr.contains("--cache DIR"), "\(none.output)")
                let several = try await start([], ["CACHE_DIRECTORY": "/a:/b"])
                #expect(several.status == 65 && several.stderr.contains("names 2 folders"), "\(several.output)")

                let open = deployment.scratch.file("open")
                try FileManager.default.createDirectory(
                    at: open, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
                let exposed = try await start(["--cache", open.path])
                #expect(exposed.status == 77 && exposed.stderr.contains("chmod 700"), "\(exposed.output)")
                let systemds = try await start([], ["CACHE_DIRECTORY": open.path])
                #expect(systemds.stderr.contains("CacheDirectoryMode=0700"), "\(systemds.output)")

                // It is made before the database is looked for.
                let cache = deployment.cache(.leader)
                let away = try await start([], ["CACHE_DIRECTORY": cache.path])
                #expect(away.status == 69 && away.stderr.contains("cannot be reached"), "\(away.output)")
                let mode = try FileManager.default.attributesOfItem(atPath: cache.path)[.posixPermissions] as? Int
                #expect(mode == 0o700)
            }
        }
        #else
        @Test func anExecutableWithoutItSaysSo() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let result = try await deployment.scratch.run(
                    Checkout.populus,
                    ["store", "create", "--store", "service=populus", "--task", deployment.taskFile("leader")])
                #expect(result.status == 65 && result.stderr.contains("built without PostgreSQL"), "\(result.output)")
                #expect(result.stderr.contains("--traits PostgreSQL"), "\(result.output)")
            }
        }
        #endif
    }
}
