import Foundation
import Testing

/// The check of the C kernels' paths against each other, on this CPU and on emulated ones where there is an emulator.
@Suite struct KernelCheckTests {
    @Test func everyPathOfThisCPU() async throws {
        try await Scratch.with { scratch in
            let script = Checkout.tool("kernel-check/kernel-check")
            let result = try await scratch.run(script, ["--digests"], within: .seconds(300))
            #expect(result.status == 0 && result.stdout.contains("\nall equal"), "\(result.output)")
            #expect(result.stdout.contains("portable   digest"), "\(result.output)")
        }
    }

    @Test(.enabled(if: Emulator.arm64.isEmpty, "missing: \(Emulator.arm64)"))
    func everyPathOfARM64() async throws { try await emulate("arm64") }

    @Test(.enabled(if: Emulator.x86.isEmpty, "missing: \(Emulator.x86)"))
    func oldX86CPUs() async throws { try await emulate("x86") }

    @Test(.enabled(if: Emulator.avx512.isEmpty, "missing: \(Emulator.avx512)"))
    func everyPathWithAVX512() async throws { try await emulate("avx512") }

    private func emulate(_ machine: String) async throws {
        try await Scratch.with { scratch in
            let result = try await scratch.run(
                Checkout.tool("kernel-check/emulate"), [machine], within: .seconds(1500))
            #expect(result.status == 0, "\(result.output)")
            #expect(result.stdout.contains("gives what it gives on this machine"), "\(result.output)")
        }
    }

    @Test func wrongArguments() async throws {
        try await Scratch.with { scratch in
            let result = try await scratch.run(
                Checkout.tool("kernel-check/kernel-check"), ["--path", "abacus"], within: .seconds(300))
            #expect(result.status == 2 && result.stderr.contains("paths: portable"), "\(result.output)")
        }
    }
}

/// What the emulators lack on this machine: package names, or nothing.
private enum Emulator {
    static let arm64 = missing("arm64")
    static let x86 = missing("x86")
    static let avx512 = missing("avx512")

    private static func missing(_ machine: String) -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = Checkout.tool("kernel-check/emulate")
        process.arguments = [machine, "--missing"]
        process.standardOutput = pipe
        guard (try? process.run()) != nil else { return "a shell" }
        let output = (try? pipe.fileHandleForReading.readToEnd()) ?? nil
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return "a compiler" }
        return String(decoding: output ?? Data(), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
