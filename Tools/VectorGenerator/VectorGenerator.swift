import Foundation

/// Writes the known answers of `Vectors/`: the official inputs and our own, in the official JSON schema and layout.
@main
struct VectorGenerator {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 1, let directory = arguments.first else {
            FileHandle.standardError.write(Data("usage: vector-generator DIRECTORY\n".utf8))
            throw GeneratorError.usage
        }
        let files = try [
            OfficialInputs.files(), OfficialPrio3Inputs.files(), FurtherInputs.files(), FurtherPrio3Inputs.files(),
        ]
        .reduce(into: [:]) { files, more in files.merge(more) { official, _ in official } }
        try FileManager.default.createDirectory(
            atPath: "\(directory)/vdaf", withIntermediateDirectories: true)
        for (name, json) in files.sorted(by: { $0.key < $1.key }) {
            try Data(json.file.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name).json"))
        }
        print("\(files.count) files")
    }
}
