import Testing

/// The browser module in Node; what each script checks is said in it.
@Suite struct BrowserClientTests {
    /// Shares and paths equal the known answers byte for byte; size, and what WebAssembly imports.
    @Test func knownAnswers() throws {
        let vectors = BrowserBuild.root.appending(path: "Vectors").path
        #expect(try BrowserBuild.node("vectors.mjs", [vectors]) == "passed\n")
    }

    /// Queue, cap, consent, keys and answers, against servers that are none.
    @Test func theClientKeepsItsWord() throws {
        #expect(try BrowserBuild.node("client.mjs") == "passed\n")
    }

    /// The command of the article Benchmarks works; its figure is that article's.
    @Test func theBenchmarkRuns() throws {
        #expect(try BrowserBuild.node("bench.mjs").contains("Poplar1, 256 bits: "))
    }
}
