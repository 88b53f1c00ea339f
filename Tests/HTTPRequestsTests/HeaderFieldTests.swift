import Foundation
import PopulusDAP
import PopulusHTTPRequests
import Testing

@Suite struct HeaderFieldTests {
    @Test(
        arguments: [
            (nil, nil, nil), ("max-age=60", nil, 60), ("public, Max-Age=60", "20", 40), ("max-age=60", "90", 0),
            ("max-age=\"60\"", nil, 60), ("max-age=soon", nil, 0), ("max-age", nil, 0),
            ("no-store, max-age=60", nil, 0),
            ("no-cache", nil, 0), ("private", nil, nil), ("max-age=60, max-age=10", nil, 60), ("", nil, nil),
        ] as [(String?, String?, Double?)])
    func freshness(cacheControl: String?, age: String?, expected: Double?) {
        #expect(HeaderFields.freshFor(cacheControl: cacheControl, age: age) == expected)
    }

    @Test(
        arguments: [
            ("5", .seconds(5)), (" 0.5 ", .milliseconds(500)), ("-5", .zero), ("nan", nil), ("inf", nil),
            ("later", nil), ("", nil), (nil, nil), ("Sun, 06 Nov 1994 08:49:47 GMT", .seconds(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", .zero), ("86401", .seconds(86_400)), ("1e300", .seconds(86_400)),
            ("99999999999999999999", .seconds(86_400)), ("Fri, 31 Dec 9999 23:59:59 GMT", .seconds(86_400)),
        ] as [(String?, Duration?)])
    func retryAfterIsSecondsOrADate(field: String?, expected: Duration?) {
        #expect(RetryAfter.pause(field, now: Date(timeIntervalSince1970: 784_111_777)) == expected)
    }

    /// Who is asked for a moment of the clock does not come before it.
    @Test func aMomentIsNotMetTooEarly() {
        let now = Date(timeIntervalSince1970: 784_111_777.25)
        #expect(RetryAfter.pause("Sun, 06 Nov 1994 08:49:47 GMT", now: now) == .seconds(10))
    }
}
