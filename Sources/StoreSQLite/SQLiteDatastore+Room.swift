import Aggregator
import PopulusDurableFiles

extension SQLiteDatastore {
    /// How much room its files take, by what they are.
    package func room() async -> StoreRoom {
        var room = StoreRoom(bytes: [
            "database": FileIdentity.size(files.path), "log": FileIdentity.size(files.log),
            "uploads": StoreRoom.bytes(inFolder: files.uploads), "segments": StoreRoom.bytes(inFolder: files.segments),
        ])
        room.freeBytes["database"] = StoreRoom.freeBytes(at: files.folder)
        return room
    }
}
