import Foundation
import PopulusKernels

extension Data {
    /// Overwrites the bytes with zeros and lets go of them: for an owner that shares them with nobody.
    mutating func wipe() {
        withUnsafeMutableBytes { PopulusKernels.wipe($0) }
        self = Data()
    }
}
