import { describe, expect, it } from "vitest";
import { parseLabelSelector } from "#core/domain/spec/label-selector.ts";

describe("parseLabelSelector", () => {
  it("reads every form that Kubernetes has", () => {
    expect(
      parseLabelSelector("a=1,b == 2, c!=3 ,d in (x, y),e notin (z,),f,!g , example.com/h"),
    ).toEqual([
      { key: "a", operator: "In", values: ["1"] },
      { key: "b", operator: "In", values: ["2"] },
      { key: "c", operator: "NotIn", values: ["3"] },
      { key: "d", operator: "In", values: ["x", "y"] },
      { key: "e", operator: "NotIn", values: ["z", ""] },
      { key: "f", operator: "Exists", values: [] },
      { key: "g", operator: "DoesNotExist", values: [] },
      { key: "example.com/h", operator: "Exists", values: [] },
    ]);
  });

  it("has a label without a value", () => {
    expect(parseLabelSelector("a=")).toEqual([{ key: "a", operator: "In", values: [""] }]);
  });

  it.each([
    ...["", ",", "a,", "a b", "a in", "a in x", "a in (x", "a in x)", "a in ((x))", "a=b=c"],
    ...["!a=b", "!!a", "a<b", "a in (x y)", "-a", "a=-", "a in (,-)", "=a", "a!"],
  ])("refuses %j", (text) => {
    expect(parseLabelSelector(text)).toBeNull();
  });
});
