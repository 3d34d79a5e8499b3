"""What the tests share."""

from __future__ import annotations

from datetime import datetime, timezone

import hypothesis
import pytest

import qudao

hypothesis.settings.register_profile("qudao", database=None, deadline=None, derandomize=True)
hypothesis.settings.load_profile("qudao")

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=timezone.utc)

BLUEPRINT = """
qudao: 1
timezone: Asia/Shanghai
currency: CNY
objects:
  account:
    fields:
      name: {required: true, normalise: company_name, weight: 3}
      tax_id: {format: uscc, identity: true, unique: true}
      phone: {format: phone(CN), weight: 1}
      score: {type: decimal}
      since: {type: date}
      seen_at: {type: instant}
      response: {type: duration}
      vip: {type: bool}
      tags: {type: list, of: text}
      price: {type: money, currency: any}
      grade: {type: choice, choices: [a, b]}
validation:
  - {id: account.employees, object: account, range: {field: employees, min: 1}, severity: warning}
  - id: contract.running
    object: contract
    check: ends_on >= today()
    message: {en: the contract has ended, zh-CN: 合同已到期}
  - id: opp.partner_active
    object: opportunity
    check: partner.status == 'active'
    when: has(partner)
matching:
  account.same:
    object: account
    block: [[tax_id], [phone], [name.core]]
    compare: {name: company_name, address: address, phone: phone, email: domain}
    thresholds: {match: 0.95, review: 0.70}
duplicates:
  - {id: account.dup, object: account, using: account.same, insert: block, update: warn, import: report}
processes:
  sale:
    object: opportunity
    label: {en: Sale, zh-CN: 销售}
    stages:
      - {id: prospect, probability: 0.1, label: {en: Prospect, zh-CN: 意向}}
      - id: quoted
        probability: 0.6
        label: {en: Quoted, zh-CN: 报价}
        entry:
          - {id: amount, check: amount > 0, message: {en: the amount is not known, zh-CN: 金额未填写}}
      - {id: won, class: won}
      - {id: lost, class: lost, require: [loss_reason]}
    policy: {create: any, skip: allow, backward: allow}
"""


@pytest.fixture(scope="session")
def engine() -> qudao.Engine:
    return qudao.Engine.from_yaml(BLUEPRINT)


@pytest.fixture
def workspace(engine: qudao.Engine) -> qudao.Workspace:
    return qudao.Workspace(":memory:", engine)


@pytest.fixture
def session(workspace: qudao.Workspace) -> qudao.Session:
    return workspace.session("alice", locale="en")
