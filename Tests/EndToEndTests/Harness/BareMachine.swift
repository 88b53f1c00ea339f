import Foundation

/// A folder tree with the libraries that a Debian machine has and nothing else: no Swift, no shell.
///
/// The libraries are those of a fixed list of packages, and not those that a program asks for: what it asks for and is not
/// there is found.
struct BareMachine {
    /// README's Install names the last two; the others are on every Debian and Ubuntu machine.
    ///
    /// With each come those that it depends on, as with `apt-get`.
    private static let packages = ["libc6", "libgcc-s1", "libstdc++6", "zlib1g", "libsqlite3-0", "libpq5"]

    let root: URL
    private let scratch: Scratch
    private let way: Way

    /// Makes the tree.
    init(in scratch: Scratch) async throws {
        guard let way = Self.way else { throw HarnessError("no process may change its root folder here") }
        self.way = way
        self.scratch = scratch
        root = scratch.file("root")
        let script = """
            set -e
            root=$1; shift
            mkdir -p "$root"/usr/lib "$root"/usr/lib64 "$root"/usr/local "$root"/proc "$root"/dev "$root"/tmp "$root"/etc
            ln -s usr/lib usr/lib64 "$root"
            : > "$root/dev/null"
            known=
            while [ $# -gt 0 ]; do
                name=$1; shift
                # Of alternatives only one is here.
                case " $known " in *" $name "*) continue ;; esac
                dpkg -L "$name" 2>/dev/null >> "$root/tmp/listed" || continue
                known="$known $name"
                set -- "$@" $(dpkg-query -W -f '${Depends}' "$name" | sed 's/([^)]*)//g; s/:any//g' | tr ',|' '  ')
            done
            sort -u "$root/tmp/listed" | grep -E '\\.so(\\.[0-9.]+)?$' | grep -vE '/(gconv|audit)/' > "$root/tmp/files"
            while read -r file; do cp -d --parents "$file" "$root"; done < "$root/tmp/files"
            rm "$root/tmp/files" "$root/tmp/listed"
            """
        let made = try await scratch.run(URL(filePath: "/bin/sh"), ["-c", script, "sh", root.path] + Self.packages)
        guard made.status == 0 else { throw HarnessError("no tree was made: \(made.output)") }
    }

    /// The URL here of a path there.
    func file(_ path: String) -> URL { root.appending(path: path) }

    /// Starts a program of the tree, which sees the tree alone.
    func start(_ words: [String], name: String) throws -> RunningProcess {
        let command = way.command(root: root.path, words)
        return try RunningProcess(URL(filePath: command[0]), Array(command.dropFirst()), name: name, in: scratch)
    }

    /// Runs a program of the tree to its end.
    func run(_ words: [String], within limit: Duration = .seconds(60)) async throws -> CommandResult {
        let command = way.command(root: root.path, words)
        return try await scratch.run(URL(filePath: command[0]), Array(command.dropFirst()), within: limit)
    }

    /// How a process gets another root folder, and the machine's `/proc` in it.
    private enum Way: CaseIterable {
        /// Where the kernel permits it to everybody.
        case unprivileged
        case asRoot

        func command(root: String, _ words: [String]) -> [String] {
            let script = """
                mount --rbind /proc "$1/proc" && mount --bind /dev/null "$1/dev/null" && exec chroot "$@"
                """
            let user = self == .unprivileged ? ["--user", "--map-root-user"] : []
            return ["/usr/bin/unshare"] + user + ["--mount", "sh", "-c", script, "sh", root] + words
        }
    }

    /// What works here.
    private static let way: Way? = {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/dpkg") else { return nil }
        return Way.allCases.first { way in
            // The whole machine as the tree.
            let command = way.command(root: "/", ["/bin/true"])
            let process = Process()
            process.executableURL = URL(filePath: command[0])
            process.arguments = Array(command.dropFirst())
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil else { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        }
    }()

    /// Whether this system has Debian's packages and lets a process change its root folder.
    static var isPossible: Bool { way != nil }
}
