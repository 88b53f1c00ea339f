import DAP
import HTTPServing

/// DAP's media types are what bodies may have.
extension MediaType: BodyType {}
