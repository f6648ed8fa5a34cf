/// Which objective is better, measured: trainings at equal cost on the same data, and yardsticks that all can be held against.
@org.jspecify.annotations.NullMarked
package nanochat.compare;
