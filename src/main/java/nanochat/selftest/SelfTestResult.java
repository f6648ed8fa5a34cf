package nanochat.selftest;

import java.util.List;

/// What became of all checks.
public record SelfTestResult(int passed, int failed, List<Check> checks) {
    public SelfTestResult {
        checks = List.copyOf(checks);
    }

    public static SelfTestResult of(List<Check> checks) {
        int passed = Math.toIntExact(checks.stream().filter(Check::ok).count());
        return new SelfTestResult(passed, checks.size() - passed, checks);
    }
}
