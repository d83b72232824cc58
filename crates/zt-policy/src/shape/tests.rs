use super::*;
use cedar_policy::Policy;

fn inspected(cedar: &str) -> Result<Shape, Misshape> {
    inspect(&Policy::parse(None, cedar).unwrap().to_json().unwrap())
}

#[test]
fn what_cannot_reward_risk_is_taken() {
    for (cedar, ages) in [
        ("permit (principal, action, resource);", vec![]),
        (
            r#"permit (principal, action, resource) when { principal.trust in TrustLevel::"high" };"#,
            vec![],
        ),
        (
            r#"forbid (principal, action, resource) unless { context.device.proven && context.device.trust in TrustLevel::"high" };"#,
            vec![],
        ),
        (
            r#"forbid (principal, action, resource) when { !(context.session.assurance in Assurance::"mfa") };"#,
            vec![],
        ),
        (
            r#"forbid (principal, action, resource) when { !context.device.proven || context.session.age > 3600 };"#,
            vec![3600],
        ),
        (
            r#"permit (principal, action, resource) when { 60 >= context.session.age } unless { context.session.age >= 5 };"#,
            vec![5, 60],
        ),
        (
            r#"forbid (principal, action, resource) unless { if principal in Group::"it" then context.session.age < 5 else context.device.proven };"#,
            vec![5],
        ),
        (
            r#"forbid (principal, action, resource) when { resource.sensitivity == Sensitivity::"public" || [1, 2].contains(3) };"#,
            vec![],
        ),
    ] {
        let shape = inspected(cedar);
        assert_eq!(shape.map(|shape| shape.ages), Ok(ages), "{cedar}");
    }
}

#[test]
fn what_could_reward_risk_is_not() {
    const WRONG_WAY: &str = "here more risk would give more access";
    const WRONG_FORM: &str = "this can be read in one form only";
    const WRONG_ROOT: &str = "members can be read of `principal`, `resource` and `context` only";
    for (condition, problem) in [
        (
            r#"forbid when { principal.trust in TrustLevel::"high" }"#,
            WRONG_WAY,
        ),
        (
            r#"permit unless { context.device.trust in TrustLevel::"high" }"#,
            WRONG_WAY,
        ),
        ("permit when { !context.device.proven }", WRONG_WAY),
        ("forbid when { context.device.proven }", WRONG_WAY),
        ("permit when { context.session.age > 60 }", WRONG_WAY),
        ("forbid when { 60 > context.session.age }", WRONG_WAY),
        ("forbid when { !(context.session.age >= 60) }", WRONG_WAY),
        (
            r#"permit when { principal.trust == TrustLevel::"low" }"#,
            WRONG_FORM,
        ),
        (
            r#"permit when { [TrustLevel::"low"].contains(principal.trust) }"#,
            WRONG_FORM,
        ),
        (
            r#"permit when { TrustLevel::"high" in context.device.trust }"#,
            WRONG_FORM,
        ),
        (
            "permit when { principal.trust in context.device.trust }",
            WRONG_FORM,
        ),
        ("permit when { context.device.proven == false }", WRONG_FORM),
        (
            "permit when { if context.device.proven then false else true }",
            WRONG_FORM,
        ),
        ("permit when { context.session.age == 5 }", WRONG_FORM),
        ("permit when { context.session.age * 2 < 5 }", WRONG_FORM),
        (
            "permit when { context.session.age < context.session.age }",
            WRONG_FORM,
        ),
        ("permit when { context == context }", WRONG_FORM),
        (
            "permit when { context.device == {proven: false} }",
            WRONG_FORM,
        ),
        ("permit when { {a: context.session}.a.age > 5 }", WRONG_ROOT),
        (
            "permit when { (if true then context else context).device.proven }",
            WRONG_ROOT,
        ),
        (
            r#"permit when { Person::"x".trust in TrustLevel::"low" }"#,
            WRONG_ROOT,
        ),
        (
            r#"permit when { context["device"]["trust"] == TrustLevel::"low" }"#,
            WRONG_FORM,
        ),
    ] {
        let (effect, rest) = condition.split_once(' ').unwrap();
        let cedar = format!("{effect} (principal, action, resource) {rest};");
        let problems = inspected(&cedar).map_err(|wrong| wrong.problem);
        assert_eq!(problems, Err(problem), "{cedar}");
    }
}

#[test]
fn who_looks_at_the_action_is_noticed() {
    for (cedar, reads) in [
        (
            r#"permit (principal, action == Action::"read", resource);"#,
            ReadsAction::No,
        ),
        (
            r#"permit (principal, action, resource) when { action == Action::"read" };"#,
            ReadsAction::Yes,
        ),
        (
            r#"forbid (principal, action, resource) unless { [Action::"read"].contains(action) };"#,
            ReadsAction::Yes,
        ),
    ] {
        assert_eq!(
            inspected(cedar).map(|shape| shape.reads_action),
            Ok(reads),
            "{cedar}"
        );
    }
}
