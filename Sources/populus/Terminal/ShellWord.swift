import Foundation

/// Words of a command line that can be pasted into a shell.
enum ShellWord {
    static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,".utf8.contains(byte)
        }
        return plain && !word.isEmpty ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
