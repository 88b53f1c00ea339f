import Foundation
import Testing

/// The files of the builds without SwiftPM: they have neither Foundation nor a cryptographic library.
@Suite struct ReportSourcesTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func theListedFilesImportNothingThatThoseBuildsLack() throws {
        let list = try String(contentsOf: Self.root.appending(path: "Tools/report-sources.txt"), encoding: .utf8)
        let allowed: Set<Substring> = [
            "CPopulusKernels", "PopulusKernels", "PopulusWireCodec", "PopulusVDAF", "PopulusSchemes",
            "PopulusDifferentialPrivacy", "PopulusDAP", "PopulusStringCodec", "Glibc", "Musl", "Darwin",
            "Synchronization",
        ]
        var modules: [String] = []
        for line in list.split(separator: "\n") where !line.hasPrefix("#") {
            guard line.hasPrefix(" ") else {
                modules.append(String(line))
                continue
            }
            let path = line.trimmingCharacters(in: .whitespaces)
            let isLeftOut = path.hasPrefix("- ")
            let file = Self.root.appending(path: isLeftOut ? String(path.dropFirst(2)) : path)
            #expect(FileManager.default.fileExists(atPath: file.path), "\(path) is not there")
            guard !isLeftOut, path.hasSuffix(".swift") else { continue }
            for imported in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            where imported.hasPrefix("import ") {
                let module = imported.dropFirst(7)
                #expect(allowed.contains(module), "\(path) imports \(module)")
            }
        }
        #expect(modules.last == "PopulusReportMaking" && modules.count == 9)
    }

    /// Of a folder that is listed whole, every file that is not left out.
    @Test(
        arguments: [
            "Sources/PopulusKernels", "Sources/PopulusWireCodec", "Sources/PopulusVDAF", "Sources/PopulusSchemes",
            "Sources/PopulusStringCodec", "Sources/PopulusDAP/Basics", "Sources/PopulusDAP/Upload",
            "Sources/PopulusReportMaking",
        ])
    func wholeFoldersHaveNoFoundation(folder: String) throws {
        let files = FileManager.default.enumerator(
            at: Self.root.appending(path: folder), includingPropertiesForKeys: nil)
        var count = 0
        for case let file as URL in try #require(files) where file.pathExtension == "swift" {
            count += 1
            guard file.lastPathComponent != "Time+Text.swift" else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains("import Foundation") && !text.contains("import Crypto"), "\(file.lastPathComponent)")
        }
        #expect(count > 0)
    }
}
