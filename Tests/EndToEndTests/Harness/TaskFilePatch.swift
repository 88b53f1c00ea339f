import Foundation

/// Changes what a task's file says, as another program or a hostile maker could write it.
enum TaskFilePatch {
    /// Replaces a text in the `task_configuration` by one of the same length in bytes.
    static func replace(_ old: String, by new: String, in file: URL) throws {
        guard old.utf8.count == new.utf8.count else { throw HarnessError("\(old) and \(new) differ in length") }
        guard var json = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any],
            let text = json["task_configuration"] as? String
        else { throw HarnessError("\(file.path) is no task file") }
        let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
        let standard = text.replacing("-", with: "+").replacing("_", with: "/") + padding
        guard var configuration = Data(base64Encoded: standard), let range = configuration.range(of: Data(old.utf8))
        else {
            throw HarnessError("\(file.path) does not have \(old)")
        }
        configuration.replaceSubrange(range, with: Data(new.utf8))
        json["task_configuration"] = configuration.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        try JSONSerialization.data(withJSONObject: json).write(to: file)
    }
}
