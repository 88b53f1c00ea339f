import Foundation

/// A plain TCP balancer on loopback: each connection goes to the next backend, in turn, that takes it.
struct Balancer {
    /// The backends' ports: read by the balancer for each connection.
    private let file: URL
    private let process: RunningProcess

    /// Starts one without backends.
    init(port: Int, in scratch: Scratch) async throws {
        file = try scratch.write(Data(), to: "backends-\(port)")
        let process = try RunningProcess(
            Checkout.tool("fault-harness/balancer.py"), ["\(port)", file.path], name: "balancer", in: scratch)
        self.process = process
        try await wait(for: "the balancer", within: .seconds(30)) {
            if let status = process.exitStatus {
                throw HarnessError("the balancer ended with \(status): \(process.output)")
            }
            return Scratch.text(process.stdout).contains("ready") ? () : nil
        }
    }

    /// Says where connections go from now on; those that there are stay.
    func send(to ports: [Int]) throws {
        try Data(ports.map { "\($0)\n" }.joined().utf8).write(to: file, options: .atomic)
    }

    func end() async { await process.stop() }
}
