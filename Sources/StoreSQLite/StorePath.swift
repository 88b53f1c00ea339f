import Aggregator
import PopulusDurableFiles

/// The one name under which a store is opened, whatever link leads to it: its log and its folders lie beside the file.
enum StorePath {
    /// The absolute path of the file, with every link followed; the last one may lead to nothing.
    ///
    /// - Parameter isNew: whether it is to be made: then its folder has to be there.
    /// - Throws: `StoreError.notAStore` for what is no name of a file, `.missing`.
    static func real(_ path: String, isNew: Bool = false) throws(StoreError) -> String {
        do throws(RealPath.Failure) { return try RealPath.of(path) } catch {
            switch error {
            case .noName(let path):
                throw .notAStore(path.isEmpty ? "it has no name" : "\(path) is no name of a file")
            case .tooManyLinks(let path): throw .notAStore("\(path) leads through too many links")
            case .folder(let error) where !isNew && [.missing, .notAFolder].contains(error.cause): throw .missing
            case .folder(let error): throw StoreError(error.path, error)
            }
        }
    }
}
