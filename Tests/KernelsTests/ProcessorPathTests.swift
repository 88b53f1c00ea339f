import PopulusKernels
import Testing

@Suite struct ProcessorPathTests {
    @Test func thePortablePathIsAlwaysThere() throws {
        #expect(ProcessorPath.available.first == .portable)
        #expect(try ProcessorPath.choice(named: "portable") == .portable)
    }

    @Test func withoutANameTheBestPathIsTaken() throws {
        #expect(try ProcessorPath.choice(named: nil) == ProcessorPath.available.last)
    }

    @Test(arguments: ProcessorPath.allCases) func aNamedPathIsTakenOrRefused(path: ProcessorPath) throws {
        if ProcessorPath.available.contains(path) {
            #expect(try ProcessorPath.choice(named: "\(path)") == path)
        } else {
            #expect(throws: ProcessorPathError.unavailable(path)) { try ProcessorPath.choice(named: "\(path)") }
        }
    }

    @Test(arguments: ["", "AVX2", "sse", " portable", "portable,aesni"]) func nonsenseIsRefused(name: String) {
        let error = #expect(throws: ProcessorPathError.unknown(name)) { try ProcessorPath.choice(named: name) }
        #expect(error?.description.contains("portable, aesni, avx2, vaes, avx512, neon") == true)
    }
}
