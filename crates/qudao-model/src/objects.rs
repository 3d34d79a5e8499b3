//! The standard objects as structs. Made from `objects.yaml` by `cargo xtask docs`; do not edit.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::typed::typed_object;
use crate::{Instant, Money, RecordId, Value};

typed_object! {
    /// Account (客户).
    Account = "account" {
        /// Type (类型).
        r#type / "type": String,
        /// Name (客户名称).
        name / "name": String,
        /// Tax id (统一社会信用代码).
        tax_id / "tax_id": String,
        /// Phone (电话).
        phone / "phone": String,
        /// E-mail (邮箱).
        email / "email": String,
        /// Website (网址).
        website / "website": String,
        /// Address (地址).
        address / "address": String,
        /// Region (大区).
        region / "region": String,
        /// City (城市).
        city / "city": String,
        /// Country (国家).
        country / "country": String,
        /// Industry (行业).
        industry / "industry": String,
        /// Employees (员工数).
        employees / "employees": i64,
        /// Annual revenue (年营业额).
        annual_revenue / "annual_revenue": Money,
        /// Year founded (成立年份).
        founded / "founded": i64,
        /// Parent account (上级客户).
        parent / "parent": RecordId,
        /// Partner (所属伙伴).
        partner / "partner": RecordId,
        /// Territory (区域).
        territory / "territory": RecordId,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Activity (跟进记录).
    Activity = "activity" {
        /// Subject (主题).
        subject / "subject": String,
        /// Kind (类型).
        kind / "kind": String,
        /// At (时间).
        at / "at": Instant,
        /// Due (截止日期).
        due_on / "due_on": NaiveDate,
        /// Done (已完成).
        done / "done": bool,
        /// Notes (内容).
        notes / "notes": String,
        /// Account (客户).
        account / "account": RecordId,
        /// Contact (联系人).
        contact / "contact": RecordId,
        /// Opportunity (商机).
        opportunity / "opportunity": RecordId,
        /// Lead (线索).
        lead / "lead": RecordId,
        /// Partner (伙伴).
        partner / "partner": RecordId,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Campaign (市场活动).
    Campaign = "campaign" {
        /// Name (名称).
        name / "name": String,
        /// Kind (类型).
        kind / "kind": String,
        /// Status (状态).
        status / "status": String,
        /// Starts (开始日期).
        starts_on / "starts_on": NaiveDate,
        /// Ends (结束日期).
        ends_on / "ends_on": NaiveDate,
        /// Budget (预算).
        budget / "budget": Money,
        /// Actual cost (实际费用).
        cost / "cost": Money,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Contact (联系人).
    Contact = "contact" {
        /// Name (姓名).
        name / "name": String,
        /// Account (客户).
        account / "account": RecordId,
        /// Job title (职务).
        job_title / "job_title": String,
        /// Department (部门).
        department / "department": String,
        /// Phone (电话).
        phone / "phone": String,
        /// E-mail (邮箱).
        email / "email": String,
        /// Address (地址).
        address / "address": String,
        /// Decision role (决策角色).
        decision_role / "decision_role": String,
        /// Reports to (汇报对象).
        reports_to / "reports_to": RecordId,
        /// Opted out (拒绝营销).
        opt_out / "opt_out": bool,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Contact role (决策链).
    ContactRole = "contact_role" {
        /// Opportunity (商机).
        opportunity / "opportunity": RecordId,
        /// Contact (联系人).
        contact / "contact": RecordId,
        /// Role (角色).
        role / "role": String,
        /// Primary (首要联系人).
        primary / "primary": bool,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Contract (合同).
    Contract = "contract" {
        /// Name (名称).
        name / "name": String,
        /// Number (合同编号).
        number / "number": String,
        /// Account (客户).
        account / "account": RecordId,
        /// Partner (伙伴).
        partner / "partner": RecordId,
        /// Opportunity (商机).
        opportunity / "opportunity": RecordId,
        /// Amount (金额).
        amount / "amount": Money,
        /// Status (状态).
        status / "status": String,
        /// Signed (签订日期).
        signed_on / "signed_on": NaiveDate,
        /// Starts (生效日期).
        starts_on / "starts_on": NaiveDate,
        /// Ends (到期日期).
        ends_on / "ends_on": NaiveDate,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Document (文档).
    Document = "document" {
        /// Name (名称).
        name / "name": String,
        /// Kind (类型).
        kind / "kind": String,
        /// Link (链接).
        url / "url": String,
        /// Account (客户).
        account / "account": RecordId,
        /// Partner (伙伴).
        partner / "partner": RecordId,
        /// Opportunity (商机).
        opportunity / "opportunity": RecordId,
        /// Deal registration (项目报备).
        registration / "registration": RecordId,
        /// Contract (合同).
        contract / "contract": RecordId,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Invoice (发票).
    Invoice = "invoice" {
        /// Number (发票号码).
        number / "number": String,
        /// Order (订单).
        order / "order": RecordId,
        /// Account (客户).
        account / "account": RecordId,
        /// Partner (伙伴).
        partner / "partner": RecordId,
        /// Amount (金额).
        amount / "amount": Money,
        /// Issued (开票日期).
        issued_on / "issued_on": NaiveDate,
        /// Due (到期日期).
        due_on / "due_on": NaiveDate,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Lead (线索).
    Lead = "lead" {
        /// Name (姓名).
        name / "name": String,
        /// Company (公司).
        company / "company": String,
        /// Job title (职务).
        job_title / "job_title": String,
        /// Phone (电话).
        phone / "phone": String,
        /// E-mail (邮箱).
        email / "email": String,
        /// Address (地址).
        address / "address": String,
        /// City (城市).
        city / "city": String,
        /// Country (国家).
        country / "country": String,
        /// Industry (行业).
        industry / "industry": String,
        /// Source (来源).
        source / "source": String,
        /// Status (状态).
        status / "status": String,
        /// Campaign (市场活动).
        campaign / "campaign": RecordId,
        /// Partner (伙伴).
        partner / "partner": RecordId,
        /// Territory (区域).
        territory / "territory": RecordId,
        /// Product of interest (意向产品).
        product / "product": RecordId,
        /// Converted (转化时间).
        converted_at / "converted_at": Instant,
        /// Converted account (转化客户).
        converted_account / "converted_account": RecordId,
        /// Converted contact (转化联系人).
        converted_contact / "converted_contact": RecordId,
        /// Converted opportunity (转化商机).
        converted_opportunity / "converted_opportunity": RecordId,
        /// Opted out (拒绝营销).
        opt_out / "opt_out": bool,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Opportunity (商机).
    Opportunity = "opportunity" {
        /// Name (商机名称).
        name / "name": String,
        /// Account (客户).
        account / "account": RecordId,
        /// Partner (伙伴).
        partner / "partner": RecordId,
        /// Territory (区域).
        territory / "territory": RecordId,
        /// Amount (预计金额).
        amount / "amount": Money,
        /// Actual amount (成交金额).
        actual_amount / "actual_amount": Money,
        /// Expected close (预计成交日期).
        expected_close / "expected_close": NaiveDate,
        /// Qualified (确认时间).
        qualified_at / "qualified_at": Instant,
        /// Product (产品).
        product / "product": RecordId,
        /// Source (来源).
        source / "source": String,
        /// Campaign (市场活动).
        campaign / "campaign": RecordId,
        /// Lead (来源线索).
        lead / "lead": RecordId,
        /// Deal registration (项目报备).
        registration / "registration": RecordId,
        /// Next action (下一步).
        next_action / "next_action": String,
        /// Next action due (下一步日期).
        next_action_on / "next_action_on": NaiveDate,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
        /// Process (流程).
        process / "process": String,
        /// Process version (流程版本).
        process_version / "process_version": String,
        /// Stage (阶段).
        stage / "stage": String,
        /// Stage entered (进入阶段时间).
        stage_entered_at / "stage_entered_at": Instant,
        /// Outcome (结果).
        outcome / "outcome": String,
        /// Closed (关闭时间).
        closed_at / "closed_at": Instant,
        /// Loss reason (丢单原因).
        loss_reason / "loss_reason": String,
        /// On hold (暂停).
        on_hold / "on_hold": bool,
        /// Checklist done (已完成检查项).
        checklist / "checklist": Vec<Value>,
    }
}

typed_object! {
    /// Order (订单).
    Order = "order" {
        /// Number (订单编号).
        number / "number": String,
        /// Account (客户).
        account / "account": RecordId,
        /// Partner (伙伴).
        partner / "partner": RecordId,
        /// Contract (合同).
        contract / "contract": RecordId,
        /// Opportunity (商机).
        opportunity / "opportunity": RecordId,
        /// Amount (金额).
        amount / "amount": Money,
        /// Status (状态).
        status / "status": String,
        /// Ordered (下单日期).
        ordered_on / "ordered_on": NaiveDate,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Order line (订单行).
    OrderLine = "order_line" {
        /// Order (订单).
        order / "order": RecordId,
        /// Product (产品).
        product / "product": RecordId,
        /// Quantity (数量).
        quantity / "quantity": Decimal,
        /// Unit price (单价).
        unit_price / "unit_price": Money,
        /// Amount (金额).
        amount / "amount": Money,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Partner (渠道伙伴).
    Partner = "partner" {
        /// Type (类型).
        r#type / "type": String,
        /// Name (名称).
        name / "name": String,
        /// Tax id (统一社会信用代码).
        tax_id / "tax_id": String,
        /// Phone (电话).
        phone / "phone": String,
        /// E-mail (邮箱).
        email / "email": String,
        /// Website (网址).
        website / "website": String,
        /// Address (地址).
        address / "address": String,
        /// Region (大区).
        region / "region": String,
        /// City (城市).
        city / "city": String,
        /// Country (国家).
        country / "country": String,
        /// Tier (等级).
        tier / "tier": String,
        /// Status (状态).
        status / "status": String,
        /// Parent partner (上级伙伴).
        parent / "parent": RecordId,
        /// Territory (区域).
        territory / "territory": RecordId,
        /// Joined (签约日期).
        joined_on / "joined_on": NaiveDate,
        /// Ended (终止日期).
        ended_on / "ended_on": NaiveDate,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Payment (回款).
    Payment = "payment" {
        /// Invoice (发票).
        invoice / "invoice": RecordId,
        /// Account (客户).
        account / "account": RecordId,
        /// Partner (伙伴).
        partner / "partner": RecordId,
        /// Amount (金额).
        amount / "amount": Money,
        /// Paid (回款日期).
        paid_on / "paid_on": NaiveDate,
        /// Method (方式).
        method / "method": String,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Product (产品).
    Product = "product" {
        /// Name (名称).
        name / "name": String,
        /// Code (编码).
        code / "code": String,
        /// Family (系列).
        family / "family": String,
        /// List price (目录价).
        price / "price": Money,
        /// Active (在售).
        active / "active": bool,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// Deal registration (项目报备).
    Registration = "registration" {
        /// Name (报备名称).
        name / "name": String,
        /// Partner (伙伴).
        partner / "partner": RecordId,
        /// End customer (最终客户).
        account / "account": RecordId,
        /// Project (项目).
        project / "project": String,
        /// Products (产品).
        products / "products": Vec<Value>,
        /// Territory (区域).
        territory / "territory": RecordId,
        /// Amount (金额).
        amount / "amount": Money,
        /// Expected close (预计成交日期).
        expected_close / "expected_close": NaiveDate,
        /// Evidence (证明材料).
        evidence / "evidence": String,
        /// Status (状态).
        status / "status": String,
        /// Submitted (提交时间).
        submitted_at / "submitted_at": Instant,
        /// Decided (审批时间).
        decided_at / "decided_at": Instant,
        /// Protected until (保护期至).
        protected_until / "protected_until": Instant,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
        /// Process (流程).
        process / "process": String,
        /// Process version (流程版本).
        process_version / "process_version": String,
        /// Stage (阶段).
        stage / "stage": String,
        /// Stage entered (进入阶段时间).
        stage_entered_at / "stage_entered_at": Instant,
        /// Outcome (结果).
        outcome / "outcome": String,
        /// Closed (关闭时间).
        closed_at / "closed_at": Instant,
        /// Loss reason (丢单原因).
        loss_reason / "loss_reason": String,
        /// On hold (暂停).
        on_hold / "on_hold": bool,
        /// Checklist done (已完成检查项).
        checklist / "checklist": Vec<Value>,
    }
}

typed_object! {
    /// Territory (区域).
    Territory = "territory" {
        /// Name (名称).
        name / "name": String,
        /// Parent territory (上级区域).
        parent / "parent": RecordId,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}

typed_object! {
    /// User (用户).
    User = "user" {
        /// Name (姓名).
        name / "name": String,
        /// E-mail (邮箱).
        email / "email": String,
        /// Roles (角色).
        roles / "roles": Vec<Value>,
        /// Partner (所属伙伴).
        partner / "partner": RecordId,
        /// Team (团队).
        team / "team": String,
        /// Region (大区).
        region / "region": String,
        /// Manager (上级).
        manager / "manager": RecordId,
        /// Territories (负责区域).
        territories / "territories": Vec<Value>,
        /// Active (在职).
        active / "active": bool,
        /// Owner (负责人).
        owner / "owner": RecordId,
        /// External id (外部编号).
        external_id / "external_id": String,
        /// Created (创建时间).
        created_at / "created_at": Instant,
        /// Updated (更新时间).
        updated_at / "updated_at": Instant,
    }
}
