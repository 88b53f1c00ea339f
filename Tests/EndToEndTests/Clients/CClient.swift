import Foundation
import Testing

/// The C library's examples, which report lines: a program in C and one in Python, as its articles say.
enum CClient {
    /// The folder of the library, which is built if `CClientTests` has not done so.
    static func library(in scratch: Scratch) async throws -> String {
        let built = try await scratch.run(
            Checkout.tool("c-client/build"), ["--scratch", Checkout.scratch.path], within: .seconds(500))
        guard built.status == 0 else { throw HarnessError("no C library: \(built.output)") }
        return built.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Compiles the example with what pkg-config says, and sends what it makes.
    static func reportInC(_ deployment: Deployment, _ library: String, _ lines: [String]) async throws {
        let scratch = deployment.scratch
        let input = try scratch.write(Data(lines.map { $0 + "\n" }.joined().utf8), to: "lines-of-c")
        let script = """
            set -e
            library=$1 source=$2 task=$3 lines=$4 sender=$5
            export PKG_CONFIG_PATH="$library/lib/pkgconfig" LD_LIBRARY_PATH="$library/lib"
            cc -std=c11 -Wall -Wextra -Werror "$source" $(pkg-config --cflags --libs populus_client) -o report
            ./report addresses "$task" > addresses
            python3 -c "$sender" get "$(sed -n 1p addresses)" leader.keys
            python3 -c "$sender" get "$(sed -n 2p addresses)" helper.keys
            ./report make "$task" leader.keys helper.keys reports < "$lines" > commands
            # curl need not be here: its arguments are what is tried.
            while read -r _ _ _ file _ _ type address; do
                type=${type%\\'}
                python3 -c "$sender" post "$address" "${file#@}" "${type}"
            done < commands
            """
        let sent = try await scratch.run(
            URL(filePath: "/bin/bash"),
            [
                "-c", script, "bash", library, Checkout.tool("c-client/examples/report.c").path,
                deployment.taskFile("client"), input.path, sender,
            ], currentFolder: scratch.folder)
        guard sent.status == 0, sent.output.contains("sent reports.1") else {
            throw HarnessError("the program in C did not report: \(sent.output)")
        }
    }

    /// `get ADDRESS FILE` or `post ADDRESS FILE TYPE`.
    private static let sender = """
        import sys, urllib.request
        way, address, file = sys.argv[1:4]
        if way == "get":
            open(file, "wb").write(urllib.request.urlopen(address, timeout=30).read())
        else:
            request = urllib.request.Request(address, data=open(file, "rb").read(),
                                             headers={"Content-Type": sys.argv[4]}, method="POST")
            answer = urllib.request.urlopen(request, timeout=60).read()
            sys.exit("refused: " + answer.hex() if answer else print("sent", file))
        """

    static func reportInPython(
        _ deployment: Deployment, _ library: String, _ lines: [String]
    ) async throws {
        let scratch = deployment.scratch
        let input = try scratch.write(Data(lines.map { $0 + "\n" }.joined().utf8), to: "lines-of-python")
        let sent = try await scratch.run(
            URL(filePath: "/bin/sh"),
            [
                "-c", "python3 -B \"$1\" \"$2\" \"$3\" < \"$4\"", "sh",
                Checkout.tool("c-client/examples/report.py").path, deployment.taskFile("client"),
                scratch.file("queue").path, input.path,
            ], environment: ["POPULUS_CLIENT": library + "/lib/libpopulus_client.so"])
        guard sent.status == 0, sent.stdout == "\(lines.count) reports sent\n" else {
            throw HarnessError("Python did not report: \(sent.output)")
        }
    }
}
