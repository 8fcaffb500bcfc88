"""Names of elementwise functions, as torch calls them, that each method has one rule for."""

ELEMENTWISE = (
    *("celu", "elu", "selu", "gelu", "silu", "mish", "relu6"),
    *("hardtanh", "hardswish", "softplus", "softsign", "tanh", "log_sigmoid", "logsigmoid"),
    *("tanhshrink", "softshrink", "hardshrink", "threshold", "exp", "expm1", "log"),
    *("log2", "log10", "log1p", "logit", "sqrt", "rsqrt", "reciprocal"),
    *("pow", "clamp", "clamp_min", "clamp_max", "sin", "asinh", "atan"),
    *("erf"),
)
