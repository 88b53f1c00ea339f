import Foundation

/// The clock of another machine, for one process.
///
/// A library that is loaded before the system's adds to the time of day; everything else about the process is real.
struct OtherClock {
    /// What the process is to be started with.
    let environment: [String: String]

    private static let source = """
        #define _GNU_SOURCE
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        int clock_gettime(clockid_t clock, struct timespec *now) {
            long result = syscall(SYS_clock_gettime, clock, now);
            if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += AHEAD;
            return result;
        }
        int gettimeofday(struct timeval *restrict now, void *restrict zone) {
            struct timespec time;
            clock_gettime(CLOCK_REALTIME, &time);
            now->tv_sec = time.tv_sec;
            now->tv_usec = time.tv_nsec / 1000;
            return 0;
        }
        time_t time(time_t *now) {
            struct timespec time;
            clock_gettime(CLOCK_REALTIME, &time);
            if (now) *now = time.tv_sec;
            return time.tv_sec;
        }
        """

    /// A clock so many seconds ahead of this machine's, or behind it.
    init(ahead seconds: Int, in scratch: Scratch) async throws {
        let source = try scratch.write(Data(Self.source.utf8), to: "clock.c")
        let library = scratch.file("clock.so").path
        // The compiler that comes with Swift's.
        let made = try await scratch.run(
            URL(filePath: "/usr/bin/env"),
            ["clang", "-shared", "-fPIC", "-O1", "-DAHEAD=(\(seconds))", "-o", library, source.path])
        guard made.status == 0 else { throw HarnessError("the clock cannot be made: \(made.output)") }
        // What is loaded first anyway stays so, as under a sanitizer.
        let others = ProcessInfo.processInfo.environment["LD_PRELOAD"].map { [$0] } ?? []
        environment = ["LD_PRELOAD": ([library] + others).joined(separator: ":")]
    }
}
