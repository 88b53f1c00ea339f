import ArgumentParser
import KnownAnswers

/// `populus vectors`: known answers, for implementers.
struct VectorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectors", abstract: "Known answers of the VDAF specification.", subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run every known-answer file of a folder and its subfolders.",
            discussion: """
                Files in the JSON schema of the specification's test vectors are told apart by the stems of their names: \
                XofTurboShake128, XofFixedKeyAes128, IdpfBBCGGI21_…, Poplar1_…, Prio3Count_…, Prio3Sum_…, Prio3SumVec_…, \
                Prio3SumVecWithMultiproof_…, Prio3Histogram_…, Prio3MultihotCountVec_…, Prio3HigherDegree_…. Prints one \
                line a file: ok, failed or skipped. Exits with 1 if any failed, with 2 if none was run.
                """)

        @Argument(help: "The folder.", completion: .directory)
        var directory: String

        func run() throws {
            let files: [String]
            do {
                files = try KnownAnswers.files(in: directory)
            } catch {
                StandardStream.error.write("populus vectors check: cannot read the folder \(directory)\n")
                throw ExitCode(2)
            }
            var (failed, ran) = (false, false)
            for file in files {
                let outcome = KnownAnswers.check(file: "\(directory)/\(file)")
                StandardStream.output.write("\(file): \(outcome)\n")
                switch outcome {
                case .ok: ran = true
                case .failed: (ran, failed) = (true, true)
                case .skipped: break
                }
            }
            if failed { throw ExitCode(1) }
            guard ran else {
                StandardStream.error.write("populus vectors check: no known answers were run in \(directory)\n")
                throw ExitCode(2)
            }
        }
    }
}
