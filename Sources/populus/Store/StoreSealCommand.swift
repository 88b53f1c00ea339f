import ArgumentParser
import PopulusDAP

/// `populus store seal`: seals a store that was made without a key.
struct StoreSealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Seals the secrets of a store that is not sealed.",
        discussion: """
            A store is sealed best when it is made: `populus store create --seal-key`. This command seals one that is there, with \
            every server of the role stopped: private keys, verification keys and tokens of tasks that were added while a server \
            ran, keys of noise, sums, messages of jobs, and the opened shares of running walks. From then on servers need \
            --seal-key. Interrupted, it goes on where it is run again.

            What was there before in plain is overwritten in the file, and written anew in PostgreSQL. Copies are not: backups, \
            PostgreSQL's write-ahead log and its archive, and what a disk or a file system keeps of bytes that were \
            overwritten. Where that matters, rotate the keys and tokens too.

            Whoever loses all seal keys loses the store's secrets, and the tasks with them. Task files are not sealed.
            """)

    @Option(help: ArgumentHelp("leader or helper: whose store it is.", valueName: "role"))
    var role: String

    @Option(help: StoreOptions.storeHelp, completion: .file())
    var store: String

    @OptionGroup var seal: SealOptions

    func validate() throws {
        try StoreLocation.validate(store)
        try StoreRole.validate(role)
    }

    func run() async throws {
        try await Self.reporting(as: "store seal") {
            let (keys, role) = (try seal.requiredKeys(), StoreRole.named(role))
            let engine = try StoreLocation(store, role: role).engine(cache: nil)
            do {
                let key = try engine.seal(role: role, with: keys)
                StandardStream.output.write("sealed \(engine.location.name) with the seal key \(key)\n")
            } catch { throw CommandFailure(opening: engine.location, error) }
        }
    }
}

/// `populus store reseal`: has another seal key take over.
struct StoreResealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reseal",
        abstract: "Has another seal key seal a sealed store.",
        discussion: """
            Give the new key first and the old one after it. What is sealed in the store stays as it is: only the store's data key \
            is sealed anew. A SQLite file must be open in no server. Servers that share a database go on: start each of them \
            with both keys first, run this, and start each with the new key alone later.

            Whoever had the old key and a copy of the store from before still opens that copy.
            """)

    @Option(help: ArgumentHelp("leader or helper: whose store it is.", valueName: "role"))
    var role: String

    @Option(help: StoreOptions.storeHelp, completion: .file())
    var store: String

    @OptionGroup var seal: SealOptions

    func validate() throws {
        try StoreLocation.validate(store)
        try StoreRole.validate(role)
    }

    func run() async throws {
        try await Self.reporting(as: "store reseal") {
            let (keys, role) = (try seal.requiredKeys(), StoreRole.named(role))
            let engine = try StoreLocation(store, role: role).engine(cache: nil)
            do {
                let done = try engine.reseal(role: role, with: keys)
                StandardStream.output.write(
                    "\(engine.location.name): the seal key is \(done.to) now, and was \(done.from)\n")
            } catch { throw CommandFailure(opening: engine.location, error) }
        }
    }
}

/// The role that a command's `--role` names.
enum StoreRole {
    static func validate(_ name: String) throws {
        guard name == "leader" || name == "helper" else {
            throw ValidationError("--role is leader or helper: nobody else has a store")
        }
    }

    /// Once it was validated.
    static func named(_ name: String) -> Role { name == "leader" ? .leader : .helper }
}
