import Foundation
import PopulusVDAF

/// Counts prefixes with two aggregators, and checks a folder of known answers.
@main enum VDAFExample {
    static func main() throws {
        guard CommandLine.arguments.count == 2 else {
            print("usage: vdaf-example DIR, a folder of known answers such as Vectors/vdaf")
            exit(2)
        }
        print("reports that begin with 0110 and 0111: \(try countFirstLetters())")

        let folder = URL(filePath: CommandLine.arguments[1])
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
        var (equal, unknown, failed) = (0, 0, 0)
        for file in files {
            let name = file.deletingPathExtension().lastPathComponent
            do {
                let answer = try JSONDecoder().decode(KnownAnswer.self, from: Data(contentsOf: file))
                if try answer.check(String(name.prefix { $0 != "_" })) {
                    equal += 1
                } else {
                    print("\(name): no VDAF of PopulusVDAF")
                    unknown += 1
                }
            } catch let failure as Failure {
                print("\(name): \(failure.reason)")
                failed += 1
            }
        }
        print("known answers: \(equal) equal, \(unknown) of other VDAFs, \(failed) different")
        exit(failed == 0 && equal > 0 ? 0 : 1)
    }
}
