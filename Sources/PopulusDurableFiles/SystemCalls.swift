#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the C library does with files: the one place that chooses between the libraries.
///
/// As the kernel does, each call answers with a number that is not negative, or with `-errno`, taken before anything else
/// can change it. Where one library lacks a call or names it otherwise, that is said here.
enum SystemCalls {
    // MARK: Open files

    /// What a file is opened for.
    enum Opening {
        case reading
        /// A link at the end of the path is no file, and no pipe is waited for.
        case readingNoLink
        case folder
        case writing
        /// As `readingNoLink`, for both.
        case writingNoLink
        /// It is made if it is not there.
        case writingAny
        /// It must not be there, not even as a link.
        case writingNew

        fileprivate var flags: Int32 {
            switch self {
            case .reading: O_RDONLY
            case .readingNoLink: O_RDONLY | O_NOFOLLOW | O_NONBLOCK
            case .folder: O_RDONLY | O_DIRECTORY
            case .writing: O_RDWR
            case .writingNoLink: O_RDWR | O_NOFOLLOW | O_NONBLOCK
            case .writingAny: O_RDWR | O_CREAT
            case .writingNew: O_RDWR | O_CREAT | O_EXCL
            }
        }
    }

    /// - Parameter permissions: of a file that is made, as far as the process's mask lets them.
    /// - Returns: the descriptor, which no program that is started inherits.
    static func openFile(_ path: String, for opening: Opening, permissions: UInt32) -> Int {
        answer(open(path, opening.flags | O_CLOEXEC, mode_t(truncatingIfNeeded: permissions)))
    }

    static func closeFile(_ descriptor: Int32) -> Int { answer(close(descriptor)) }

    /// What closing a file would say, which stays open: a network's disk may find only then that it has no room.
    static func closeCopy(of descriptor: Int32) -> Int {
        let copy = answer(fcntl(descriptor, F_DUPFD_CLOEXEC, 0))
        return copy < 0 ? copy : closeFile(Int32(copy))
    }

    /// Reads on from where the last such read ended: of a pipe too.
    static func readOn(_ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer) -> Int {
        answer(read(descriptor, bytes.baseAddress, bytes.count))
    }

    static func readPart(_ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        answer(pread(descriptor, bytes.baseAddress, bytes.count, off_t(offset)))
    }

    static func writePart(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
        answer(pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset)))
    }

    /// Waits until the bytes are on the disk itself.
    static func synchronize(_ descriptor: Int32) -> Int {
        #if canImport(Darwin)
        // There `fsync` hands the bytes to the disk, which may keep them in its memory.
        if fcntl(descriptor, F_FULLFSYNC) == 0 { return 0 }
        #endif
        return answer(fsync(descriptor))
    }

    /// Gives a file an owner, a group and permissions.
    static func give(_ descriptor: Int32, owner: UInt32, group: UInt32, permissions: UInt32) -> Int {
        let given = answer(fchown(descriptor, owner, group))
        return given < 0 ? given : answer(fchmod(descriptor, mode_t(permissions)))
    }

    /// Takes the lock of an open file, or says `EWOULDBLOCK`: it goes when the file is closed, however that comes about.
    static func lockFile(_ descriptor: Int32) -> Int { answer(flock(descriptor, LOCK_EX | LOCK_NB)) }

    /// Has the system read a part of a file in the background, where it knows how.
    static func prefetch(_ descriptor: Int32, from offset: Int, count: Int) {
        #if !canImport(Darwin)
        // A hint: what comes of it shows in nothing but time.
        _ = posix_fadvise(descriptor, off_t(offset), off_t(count), POSIX_FADV_WILLNEED)
        #endif
    }

    // MARK: Names

    /// Gives a file another name, in place of what has it.
    static func move(_ path: String, to name: String) -> Int { answer(rename(path, name)) }

    /// Gives a file a further name that nothing has.
    static func nameAlso(_ path: String, _ name: String) -> Int { answer(link(path, name)) }

    static func removeFile(_ path: String) -> Int { answer(unlink(path)) }

    static func makeFolder(_ path: String, permissions: UInt32) -> Int {
        answer(mkdir(path, mode_t(truncatingIfNeeded: permissions)))
    }

    static func removeFolder(_ path: String) -> Int { answer(rmdir(path)) }

    /// The absolute path with every link followed; nil, and the error's number, where it leads to nothing.
    static func realPath(_ path: String) -> (path: String?, code: Int32) {
        guard let found = realpath(path, nil) else { return (nil, errno) }
        defer { free(found) }
        return (String(cString: found), 0)
    }

    /// Where a symbolic link leads; nil for what is none.
    static func target(ofLink path: String) -> String? {
        var target = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &target, target.count)
        return count > 0 ? String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// Whether this process may write what has the name; `entering` is for folders.
    static func mayWrite(_ path: String, entering: Bool) -> Int {
        answer(access(path, entering ? W_OK | X_OK : W_OK))
    }

    // MARK: What is said

    private static func answer<Number: BinaryInteger>(_ number: Number) -> Int {
        number < 0 ? -Int(errno) : Int(number)
    }

    /// The system's words for an error.
    static func words(for code: Int32) -> String { String(cString: strerror(code)) }

    static let interrupted = -Int(EINTR)
    static let lockIsTaken = -Int(EWOULDBLOCK)
    /// What stands for a write that took nothing and gave no reason.
    static let noReason = -Int(EIO)
}

// MARK: - What is there

extension FileStatus {
    /// What is under a name, or the error's number.
    static func found(at path: String, followingLinks: Bool) -> (status: FileStatus?, code: Int32) {
        var status = stat()
        guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return (nil, errno) }
        return (FileStatus(status), 0)
    }

    /// What a descriptor leads to, or the error's number.
    static func found(at descriptor: Int32) -> (status: FileStatus?, code: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return (nil, errno) }
        return (FileStatus(status), 0)
    }

    private init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            case S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK: .stream
            default: .other
            }
        size = Int(status.st_size)
        permissions = UInt32(status.st_mode & 0o777)
        (owner, group) = (status.st_uid, status.st_gid)
        identity = FileIdentity(
            device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(truncatingIfNeeded: status.st_ino))
        #if canImport(Darwin)
        modified = Int64(status.st_mtimespec.tv_sec)
        changed = Int64(status.st_ctimespec.tv_sec) * 1_000_000_000 + Int64(status.st_ctimespec.tv_nsec)
        #else
        modified = Int64(status.st_mtim.tv_sec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
        #endif
    }
}

// MARK: - Errors

extension DurableFileError.Cause {
    /// The cause that an error's number stands for.
    init(code: Int32) {
        self =
            switch code {
            case ENOENT: .missing
            case ENOTDIR: .notAFolder
            case EISDIR: .folder
            case EEXIST: .exists
            case ELOOP: .link
            case EACCES: .denied
            case EPERM: .notPermitted
            case ENOSPC, EDQUOT: .full
            case EXDEV, EMLINK, ENOTSUP: .noFurtherName
            default: .other
            }
    }
}
