import Foundation
import HTTPRequests
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

    @Test func retryAfterIsSecondsOrADate() {
        let now = Date(timeIntervalSince1970: 784_111_777)
        #expect(HeaderFields.retryAfter("5", now: now) == 5)
        #expect(HeaderFields.retryAfter(" 0.5 ", now: now) == 0.5)
        #expect(HeaderFields.retryAfter("-5", now: now) == 0)
        for text in ["nan", "inf", "later", ""] { #expect(HeaderFields.retryAfter(text, now: now) == nil) }
        #expect(HeaderFields.retryAfter(nil) == nil)
        #expect(HeaderFields.retryAfter("Sun, 06 Nov 1994 08:49:47 GMT", now: now) == 10)
        #expect(HeaderFields.retryAfter("Sun, 06 Nov 1994 08:49:27 GMT", now: now) == 0)
    }
}
