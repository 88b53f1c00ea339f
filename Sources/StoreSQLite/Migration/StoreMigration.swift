import GRDB

/// Stand-in until the conversion is merged.
enum StoreMigration {
    static func inPlace(_ db: Database, _ uploads: UploadFiles) throws {}
}
