// StringCodec
